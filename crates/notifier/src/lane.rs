//! The messages about one object in one form. Invariant: at most one of them is under way; which one goes next follows from their order, from
//! what rules have ordered, and from the time.

use crate::fate::{self, Act, Arrived, Order, Sending};
use std::collections::VecDeque;
use vcdsim_model::clock::{Time, format_time};

/// Unconfirmed messages in order.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    entries: VecDeque<Entry>,
    /// How things stand.
    pub(crate) state: State,
}

/// How a lane stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has looked yet.
    #[default]
    Open,
    /// This one may go, and stands in line since that instant.
    Ready(Time, i64),
    /// Nothing may go before this instant.
    Kept(Time),
    /// This one is under way, or was refused and waits to go again.
    Going(i64),
}

/// A message that is not confirmed.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The number of its event.
    seq: i64,
    /// The time of its event.
    time: Time,
    order: Option<Order>,
}

impl Lane {
    /// Takes in the next one. Where no more than `share` may stand, the last of them is not overtaken: what would do so is not here.
    pub(crate) fn push(&mut self, seq: i64, time: Time, order: Option<Order>, share: usize) {
        let order = order.filter(|order| self.entries.len() + 1 < share || !matches!(order.act, Act::Yield(_)));
        self.entries.push_back(Entry { seq, time, order });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether one more may stand in it. Behind one that waits for its time nothing needs to.
    pub(crate) fn has_room(&self, share: usize) -> bool {
        self.entries.len() < share && !(matches!(self.state, State::Kept(_)) && self.waits().is_some())
    }

    /// Whether the last one is to be overtaken, and so is no good without the next.
    pub(crate) fn lets_pass(&self) -> bool {
        self.entries.back().is_some_and(|last| matches!(last.order, Some(Order { act: Act::Yield(_), .. })))
    }

    /// The first that is to come later.
    fn waits(&self) -> Option<usize> {
        self.entries.iter().position(|entry| matches!(entry.order, Some(Order { act: Act::Wait(_), .. })))
    }

    /// Takes out those that need not stand in it: behind the last one that was sent, if there is one, and behind one that waits for its
    /// time. Answers with their numbers.
    pub(crate) fn split_behind(&mut self, was_sent: impl Fn(i64) -> bool) -> Vec<i64> {
        let sent = self.entries.iter().rposition(|entry| was_sent(entry.seq));
        let waits = self.waits().filter(|_| matches!(self.state, State::Kept(_)));
        let Some(last) = sent.max(waits) else { return Vec::new() };
        self.entries.split_off(last + 1).into_iter().map(|entry| entry.seq).collect()
    }

    /// Looks which one may go. Those that are to be overtaken let the next one pass; one that is to come later holds up all behind it.
    pub(crate) fn look(&mut self, now: Time) -> State {
        let mut soonest: Option<Time> = None;
        for Entry { seq, time, order } in &self.entries {
            match order.map(|order| order.act) {
                Some(Act::Wait(until)) if now < until => {
                    soonest = Some(soonest.map_or(until, |soonest| soonest.min(until)));
                    break;
                }
                Some(Act::Yield(until)) if now < until => soonest = Some(soonest.map_or(until, |soonest| soonest.min(until))),
                Some(Act::Wait(until) | Act::Yield(until)) => {
                    self.state = State::Ready(until, *seq);
                    return self.state;
                }
                _ => {
                    self.state = State::Ready(*time, *seq);
                    return self.state;
                }
            }
        }
        self.state = soonest.map_or(State::Open, State::Kept);
        self.state
    }

    fn at(&self, seq: i64) -> Option<usize> {
        self.entries.iter().position(|entry| entry.seq == seq)
    }

    /// A message is about to be sent.
    pub(crate) fn send(&mut self, seq: i64) -> Sending {
        self.state = State::Going(seq);
        let entry = self.entries.iter_mut().find(|entry| entry.seq == seq);
        entry.map_or(Sending::Plain, |entry| fate::send(&mut entry.order))
    }

    /// The broker has the one that is under way; nothing when that is another one.
    pub(crate) fn arrive(&mut self, seq: i64) -> Option<Arrived> {
        if self.state != State::Going(seq) {
            return None;
        }
        let at = self.at(seq)?;
        let arrived = fate::arrive(&mut self.entries[at].order);
        if arrived == Arrived::Done {
            self.entries.remove(at);
            // Whatever it has overtaken has been overtaken.
            if let Some(before) = at.checked_sub(1).and_then(|before| self.entries.get_mut(before)) {
                before.order = None;
            }
        }
        if !matches!(arrived, Arrived::Cut(_)) {
            self.state = State::Open;
        }
        Some(arrived)
    }

    /// Gives up everything up to and including event number `seq`; answers whether anything of it was there.
    pub(crate) fn skip_to(&mut self, seq: i64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.seq > seq);
        self.entries.len() < before
    }

    /// What rules do with its messages at this instant, in words that follow "the xml message about event 7".
    pub(crate) fn told(&self, now: Time) -> impl Iterator<Item = (i64, String)> + '_ {
        self.entries.iter().filter_map(move |entry| {
            let Order { rule, act } = entry.order?;
            let words = match act {
                Act::Wait(until) if now < until => format!("is kept back by rule {rule} until {}", format_time(until)),
                Act::Yield(until) if now < until => {
                    format!(
                        "lets the next one about its object overtake it, by rule {rule}, and waits for that until {}",
                        format_time(until)
                    )
                }
                _ => return None,
            };
            Some((entry.seq, words))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::clock::from_millis;

    fn at(millis: i64) -> Time {
        from_millis(millis)
    }

    fn lane(acts: &[Option<Act>]) -> Lane {
        let mut lane = Lane::default();
        for (seq, act) in (1_i64..).zip(acts) {
            lane.push(seq, at(0), act.map(|act| Order { rule: 1, act }), 99);
        }
        lane
    }

    /// The order in which its messages arrive when each is confirmed at once and the clock goes on only when nothing else does.
    fn arrivals(mut lane: Lane) -> Vec<(i64, i64)> {
        let (mut now, mut told) = (at(0), Vec::new());
        while lane.len() > 0 {
            match lane.look(now) {
                State::Ready(_, seq) => {
                    assert_eq!((lane.send(seq), lane.arrive(seq)), (Sending::Plain, Some(Arrived::Done)));
                    told.push((now.timestamp_millis(), seq));
                }
                State::Kept(until) => {
                    assert!(until > now, "it would be looked at for ever");
                    now = until;
                }
                state => panic!("{state:?}"),
            }
        }
        told
    }

    #[test]
    fn what_is_late_holds_up_what_follows() {
        assert_eq!(arrivals(lane(&[None, Some(Act::Wait(at(5))), None])), [(0, 1), (5, 2), (5, 3)]);
        assert_eq!(arrivals(lane(&[Some(Act::Wait(at(5))), Some(Act::Wait(at(3)))])), [(5, 1), (5, 2)]);
    }

    #[test]
    fn what_is_overtaken_goes_after_the_next_one_or_at_its_time() {
        let yields = Some(Act::Yield(at(9)));
        assert_eq!(arrivals(lane(&[yields, None, None])), [(0, 2), (0, 1), (0, 3)]);
        assert_eq!(arrivals(lane(&[yields])), [(9, 1)]);
        // Each is overtaken by the one behind it.
        assert_eq!(arrivals(lane(&[yields, yields, None])), [(0, 3), (0, 2), (0, 1)]);
        // The next one is late itself.
        assert_eq!(arrivals(lane(&[yields, Some(Act::Wait(at(4)))])), [(4, 2), (4, 1)]);
        assert_eq!(arrivals(lane(&[yields, Some(Act::Wait(at(20)))])), [(9, 1), (20, 2)]);
    }

    #[test]
    fn only_what_is_under_way_arrives() {
        let mut lane = lane(&[None, None]);
        lane.look(at(0));
        assert_eq!(lane.arrive(1), None);
        lane.send(1);
        assert_eq!((lane.arrive(2), lane.arrive(1), lane.arrive(1)), (None, Some(Arrived::Done), None));
    }
}

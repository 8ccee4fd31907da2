//! What is read from the outbox and not yet confirmed. Invariant: per entity and form at most one message is under way, and they go out in
//! the order of the events; the cursor never passes an event of which a message is unconfirmed.

use crate::message::Form;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::event::Event;

/// One message: which event, in which form.
pub(crate) type Ticket = (i64, Form);

/// A bounded stretch of the outbox.
#[derive(Debug)]
pub(crate) struct Window {
    capacity: usize,
    /// The number of the last event taken or passed over.
    read_to: i64,
    /// Events with unconfirmed messages, and how many those are.
    held: BTreeMap<i64, (Arc<Event>, usize)>,
    /// Unconfirmed messages in order; only the first of a lane may be under way.
    lanes: HashMap<(Uuid, Form), VecDeque<i64>>,
    /// The firsts of lanes that may go.
    ready: BTreeSet<Ticket>,
    /// Unconfirmed messages that were sent, and how often. No more than there are lanes.
    tried: HashMap<Ticket, u32>,
    /// Those of them that the broker refused last.
    refused: BTreeSet<Ticket>,
    /// Lanes of which a message was refused and that are behind since. A queue that takes a message now and then changes nothing here.
    stuck: HashSet<(Uuid, Form)>,
}

impl Window {
    /// An empty window that begins after event number `after` and holds `capacity` events.
    pub(crate) fn new(after: i64, capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            read_to: after,
            held: BTreeMap::new(),
            lanes: HashMap::new(),
            ready: BTreeSet::new(),
            tried: HashMap::new(),
            refused: BTreeSet::new(),
            stuck: HashSet::new(),
        }
    }

    /// How many more events fit.
    pub(crate) fn room(&self) -> usize {
        self.capacity.saturating_sub(self.held.len())
    }

    /// How many events have unconfirmed messages.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// The number of the last event taken or passed over.
    pub(crate) fn read_to(&self) -> i64 {
        self.read_to
    }

    /// The number of the last event up to which everything is confirmed.
    pub(crate) fn cursor(&self) -> i64 {
        self.held.first_key_value().map_or(self.read_to, |(seq, _)| seq - 1)
    }

    /// Takes the next event; one that is not announced is passed over, one that was taken before is ignored.
    pub(crate) fn take(&mut self, event: Event) {
        if event.seq <= self.read_to {
            return;
        }
        self.read_to = event.seq;
        if !event.announced {
            return;
        }
        for form in Form::ALL {
            let lane = self.lanes.entry((event.what.entity.urn.id, form)).or_default();
            if lane.is_empty() {
                self.ready.insert((event.seq, form));
            }
            lane.push_back(event.seq);
        }
        self.held.insert(event.seq, (Arc::new(event), Form::ALL.len()));
    }

    /// The next message that may be sent; from now on it is under way.
    pub(crate) fn next(&mut self) -> Option<(Ticket, Arc<Event>)> {
        let ticket = self.ready.pop_first()?;
        let (event, _) = self.held.get(&ticket.0)?;
        *self.tried.entry(ticket).or_default() += 1;
        Some((ticket, Arc::clone(event)))
    }

    /// How often a message was sent.
    pub(crate) fn tries(&self, ticket: Ticket) -> u32 {
        self.tried.get(&ticket).copied().unwrap_or_default()
    }

    /// The broker did not take a message. Its lane waits for [`Self::retry`], others go on.
    pub(crate) fn refuse(&mut self, ticket: Ticket) {
        if let Some((event, _)) = self.held.get(&ticket.0).filter(|_| self.tried.contains_key(&ticket)) {
            self.stuck.insert((event.what.entity.urn.id, ticket.1));
            self.refused.insert(ticket);
        }
    }

    /// How many lanes are behind because of messages that were refused.
    pub(crate) fn stuck(&self) -> usize {
        self.stuck.len()
    }

    /// A refused message may go again.
    pub(crate) fn retry(&mut self, ticket: Ticket) {
        if self.refused.contains(&ticket) {
            self.ready.insert(ticket);
        }
    }

    /// A message has arrived: the next of its lane may go.
    pub(crate) fn confirm(&mut self, (seq, form): Ticket) {
        let Some((event, left)) = self.held.get_mut(&seq) else { return };
        let key = (event.what.entity.urn.id, form);
        let Some(lane) = self.lanes.get_mut(&key).filter(|lane| lane.front() == Some(&seq)) else { return };
        lane.pop_front();
        match lane.front() {
            Some(next) => {
                self.ready.insert((*next, form));
            }
            None => {
                self.lanes.remove(&key);
            }
        }
        *left -= 1;
        if *left == 0 {
            self.held.remove(&seq);
        }
        self.ready.remove(&(seq, form));
        self.refused.remove(&(seq, form));
        self.tried.remove(&(seq, form));
        if !self.lanes.contains_key(&key) {
            self.stuck.remove(&key);
        }
    }

    /// Gives up everything up to and including event number `seq`.
    pub(crate) fn skip_to(&mut self, seq: i64) {
        self.read_to = self.read_to.max(seq);
        self.held = self.held.split_off(&(seq + 1));
        self.ready = self.ready.split_off(&(seq + 1, Form::Xml));
        self.refused = self.refused.split_off(&(seq + 1, Form::Xml));
        self.tried.retain(|(tried, _), _| *tried > seq);
        self.lanes.retain(|(_, form), lane| {
            let before = lane.len();
            lane.retain(|held| *held > seq);
            if let (Some(first), true) = (lane.front(), lane.len() < before) {
                self.ready.insert((*first, *form));
            }
            !lane.is_empty()
        });
        self.stuck.retain(|lane| self.lanes.contains_key(lane));
    }

    /// Nothing is under way any more: what is unconfirmed is to be sent again, and what was refused may be taken elsewhere.
    pub(crate) fn rewind(&mut self) {
        self.refused.clear();
        self.stuck.clear();
        self.ready = self.lanes.iter().filter_map(|((_, form), lane)| Some((*lane.front()?, *form))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::event;

    fn window(entities: &[u128]) -> Window {
        let mut window = Window::new(0, 8);
        for (at, entity) in entities.iter().enumerate() {
            let mut event = event();
            event.seq = at as i64 + 1;
            event.what.entity.urn.id = Uuid::from_u128(*entity);
            window.take(event);
        }
        window
    }

    fn all(window: &mut Window) -> Vec<Ticket> {
        std::iter::from_fn(|| window.next().map(|(ticket, _)| ticket)).collect()
    }

    #[test]
    fn lanes_go_side_by_side_and_each_in_order() {
        let mut window = window(&[1, 2, 1]);
        assert_eq!(all(&mut window), [(1, Form::Xml), (1, Form::Json), (2, Form::Xml), (2, Form::Json)]);
        window.confirm((1, Form::Json));
        assert_eq!(all(&mut window), [(3, Form::Json)]);
        assert_eq!(window.cursor(), 0);
        window.confirm((1, Form::Xml));
        assert_eq!(window.cursor(), 1);
        window.confirm((3, Form::Json));
        assert_eq!(all(&mut window), [(3, Form::Xml)]);
        window.confirm((3, Form::Xml));
        assert_eq!((window.cursor(), window.len()), (1, 1));
        window.confirm((2, Form::Xml));
        window.confirm((2, Form::Json));
        assert_eq!((window.cursor(), window.len()), (3, 0));
    }

    #[test]
    fn what_was_under_way_goes_again_and_what_was_confirmed_does_not() {
        let mut window = window(&[1, 1, 2]);
        all(&mut window);
        window.confirm((1, Form::Xml));
        assert_eq!(window.next().map(|(ticket, _)| ticket), Some((2, Form::Xml)));
        window.rewind();
        assert_eq!(all(&mut window), [(1, Form::Json), (2, Form::Xml), (3, Form::Xml), (3, Form::Json)]);
    }

    #[test]
    fn what_is_refused_waits_and_holds_back_no_other() {
        let mut window = window(&[1, 1, 2]);
        assert_eq!(all(&mut window), [(1, Form::Xml), (1, Form::Json), (3, Form::Xml), (3, Form::Json)]);
        for ticket in [(1, Form::Json), (3, Form::Xml), (3, Form::Json)] {
            window.confirm(ticket);
        }
        assert_eq!(all(&mut window), [(2, Form::Json)]);
        window.refuse((1, Form::Xml));
        window.refuse((9, Form::Xml));
        assert_eq!((all(&mut window), window.stuck(), window.tries((1, Form::Xml))), (Vec::new(), 1, 1));
        window.retry((1, Form::Xml));
        window.retry((2, Form::Xml));
        assert_eq!((all(&mut window), window.tries((1, Form::Xml))), (vec![(1, Form::Xml)], 2));
        // It has passed: the lane counts as stuck until it has caught up.
        window.confirm((1, Form::Xml));
        assert_eq!((window.stuck(), window.tries((1, Form::Xml))), (1, 0));
        window.retry((1, Form::Xml));
        assert_eq!(all(&mut window), [(2, Form::Xml)]);
        window.refuse((2, Form::Xml));
        window.rewind();
        assert_eq!((window.stuck(), all(&mut window)), (0, vec![(2, Form::Xml), (2, Form::Json)]));
        window.refuse((2, Form::Xml));
        window.skip_to(3);
        assert_eq!((window.stuck(), window.tries((2, Form::Xml)), all(&mut window)), (0, 0, Vec::new()));
    }

    #[test]
    fn a_lane_is_stuck_until_none_of_its_messages_is_left() {
        let mut window = window(&[1, 1, 1, 2]);
        for number in 1..=3 {
            assert_eq!(window.stuck(), if number == 1 { 0 } else { 2 });
            while window.next().is_some() {}
            window.refuse((number, Form::Xml));
            window.refuse((4, Form::Json));
            window.retry((number, Form::Xml));
            window.retry((4, Form::Json));
            while window.next().is_some() {}
            window.confirm((number, Form::Xml));
        }
        assert_eq!(window.stuck(), 1);
        window.confirm((4, Form::Json));
        assert_eq!(window.stuck(), 0);
    }

    #[test]
    fn a_late_or_double_confirmation_changes_nothing() {
        let mut window = window(&[1, 1]);
        all(&mut window);
        window.confirm((2, Form::Xml));
        window.confirm((1, Form::Xml));
        window.confirm((1, Form::Xml));
        window.confirm((9, Form::Xml));
        assert_eq!(window.cursor(), 0);
        assert_eq!(all(&mut window), [(2, Form::Xml)]);
    }

    #[test]
    fn events_that_are_not_announced_move_the_cursor_only() {
        let mut window = Window::new(4, 2);
        for (seq, announced) in [(4, true), (5, false), (6, true), (7, false)] {
            window.take(Event { seq, announced, ..event() });
        }
        assert_eq!((window.cursor(), window.read_to(), window.room()), (5, 7, 1));
        assert_eq!(all(&mut window), [(6, Form::Xml), (6, Form::Json)]);
    }

    #[test]
    fn what_is_given_up_holds_nothing_back() {
        let mut window = window(&[1, 1, 2, 1]);
        all(&mut window);
        window.skip_to(2);
        assert_eq!(all(&mut window), [(4, Form::Xml), (4, Form::Json)]);
        window.confirm((1, Form::Xml));
        assert_eq!((window.cursor(), window.len()), (2, 2));
        window.skip_to(9);
        assert_eq!((window.cursor(), window.read_to(), window.len(), window.next().is_none()), (9, 9, 0, true));
    }

    /// Random confirmations, refusals and losses: each lane sees its events in order, and everything arrives.
    #[test]
    fn nothing_is_lost_or_reordered_whatever_happens() {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let entities: Vec<u128> = (0..400).map(|_| random(7) as u128).collect();
        let mut window = Window::new(0, 16);
        let mut arrived: HashMap<(u128, Form), Vec<i64>> = HashMap::new();
        let (mut under_way, mut refused): (Vec<Ticket>, Vec<Ticket>) = (Vec::new(), Vec::new());
        let mut next = 0;
        while window.cursor() < entities.len() as i64 {
            while window.room() > 0 && next < entities.len() {
                let mut event = event();
                event.seq = next as i64 + 1;
                event.what.entity.urn.id = Uuid::from_u128(entities[next]);
                window.take(event);
                next += 1;
            }
            under_way.extend(all(&mut window));
            let lanes: BTreeSet<_> = under_way.iter().map(|(seq, form)| (entities[*seq as usize - 1], *form)).collect();
            assert_eq!(lanes.len(), under_way.len(), "two messages of one lane are under way");
            if random(20) == 0 {
                under_way.clear();
                refused.clear();
                window.rewind();
            } else if under_way.is_empty() || !refused.is_empty() && random(3) == 0 {
                window.retry(refused.swap_remove(random(refused.len())));
            } else if random(4) == 0 {
                let ticket = under_way.swap_remove(random(under_way.len()));
                window.refuse(ticket);
                refused.push(ticket);
            } else {
                let (seq, form) = under_way.swap_remove(random(under_way.len()));
                arrived.entry((entities[seq as usize - 1], form)).or_default().push(seq);
                window.confirm((seq, form));
            }
        }
        assert_eq!(arrived.values().map(Vec::len).sum::<usize>(), 2 * entities.len());
        assert!(arrived.values().all(|lane| lane.is_sorted_by(|a, b| a < b)));
    }
}

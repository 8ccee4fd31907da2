//! What is read from the outbox and not yet confirmed. Invariant: per entity and form at most one message is under way, and they go out in
//! the order of the events, but for what rules have ordered; the cursor never passes an event of which a message is unconfirmed. No object
//! has more than its share of what is held here: of what is beyond, the numbers are kept, and the events read again when their turn comes.

use crate::backlog::{Backlog, Held};
use crate::fate::{Arrived, Order, Plan, Sending, Severed, plan};
use crate::lane::{Lane, State};
use crate::message::Form;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::clock::Time;
use vcdsim_model::event::Event;

/// One message: which event, in which form.
pub(crate) type Ticket = (i64, Form);
/// Which lane: the messages about one object in one form.
pub(crate) type Key = (Uuid, Form);

/// How many lanes may be held up, by refusals or by what is to come later, as a multiple of the capacity, without taking room from others.
/// Each holds one event then.
const HELD_UP: usize = 8;
/// How many events may be unconfirmed, as a multiple of the capacity. Of most of them only the number is kept then.
const FAR: usize = 64;

/// A message that is to be sent now.
#[derive(Debug)]
pub(crate) struct Departure {
    /// Which.
    pub(crate) ticket: Ticket,
    /// What it tells.
    pub(crate) event: Arc<Event>,
    /// What happens to it.
    pub(crate) sending: Sending,
}

/// A bounded stretch of the outbox.
#[derive(Debug)]
pub(crate) struct Window {
    capacity: usize,
    /// The number of the last event taken or passed over.
    read_to: i64,
    /// The last instant that it was told of.
    now: Time,
    /// Events with unconfirmed messages.
    held: BTreeMap<i64, Held>,
    /// How many of them are here with what they tell.
    loaded: usize,
    /// Unconfirmed messages; of each lane at most one is under way.
    lanes: HashMap<Key, Lane>,
    /// Those that are beyond the share of their lane.
    backlog: Backlog,
    /// Those that may go, in the order of the instants since when they may.
    ready: BTreeSet<(Time, Ticket)>,
    /// Lanes of which nothing may go before an instant.
    kept: BTreeSet<(Time, Key)>,
    /// Unconfirmed messages that were sent, and how often. No more than there are lanes.
    tried: HashMap<Ticket, u32>,
    /// Those of them that were refused last, and the rule that has had that done, if one has.
    refused: BTreeMap<Ticket, Option<u64>>,
    /// Lanes of which a message was refused and that are behind since. A queue that takes a message now and then changes nothing here.
    stuck: HashSet<Key>,
    /// The message for which a rule has cut the connection, while there is to be none.
    away: Option<(i64, Severed)>,
    /// How many messages rules have had dropped since that was asked last.
    dropped: u64,
}

impl Window {
    /// An empty window that begins after event number `after` and holds `capacity` events.
    pub(crate) fn new(after: i64, capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            read_to: after,
            now: Time::MIN_UTC,
            held: BTreeMap::new(),
            loaded: 0,
            lanes: HashMap::new(),
            backlog: Backlog::default(),
            ready: BTreeSet::new(),
            kept: BTreeSet::new(),
            tried: HashMap::new(),
            refused: BTreeMap::new(),
            stuck: HashSet::new(),
            away: None,
            dropped: 0,
        }
    }

    /// How many new events fit.
    pub(crate) fn room(&self) -> usize {
        self.spare().min((self.capacity * FAR).saturating_sub(self.held.len()))
    }

    /// How many more events may be here with what they tell.
    fn spare(&self) -> usize {
        (self.capacity + (self.stuck.len() + self.kept.len()).min(self.capacity * HELD_UP)).saturating_sub(self.loaded)
    }

    /// How many messages a lane may hold: enough that it need not wait for the table, few enough that many lanes fit.
    fn share(&self) -> usize {
        (self.capacity / 32).max(4)
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
        let event = Arc::new(event);
        for form in Form::ALL {
            let Plan::Send(order) = plan(event.fate(form)) else {
                self.dropped += 1;
                continue;
            };
            let key = (event.what.entity.urn.id, form);
            self.held.entry(event.seq).or_default().left += 1;
            let full = self.lanes.get(&key).is_some_and(|lane| !lane.has_room(self.share()));
            if full || self.stuck.contains(&key) || self.backlog.has(key) {
                self.backlog.push(key, event.seq);
                self.look_behind(key);
            } else {
                self.line_up(key, &event, order);
            }
        }
    }

    /// Puts a message at the end of its lane.
    fn line_up(&mut self, key: Key, event: &Arc<Event>, order: Option<Order>) {
        let held = self.held.entry(event.seq).or_default();
        held.lined_up += 1;
        if held.event.is_none() {
            held.event = Some(Arc::clone(event));
            self.loaded += 1;
        }
        let share = self.share();
        self.lanes.entry(key).or_default().push(event.seq, event.time, order, share);
        self.arrange(key);
    }

    /// A message stands in no lane any more.
    fn step_out(&mut self, seq: i64, confirmed: bool) {
        let Some(held) = self.held.get_mut(&seq) else { return };
        held.lined_up -= 1;
        held.left -= usize::from(confirmed);
        if held.lined_up == 0 && held.event.take().is_some() {
            self.loaded -= 1;
        }
        if held.left == 0 {
            self.held.remove(&seq);
        }
    }

    /// The numbers of events that are to be read again, since the lanes of messages about them have room; at most so many.
    pub(crate) fn wanted(&self, most: usize) -> Vec<i64> {
        let length = |key: &Key| self.lanes.get(key).map_or(0, Lane::len);
        self.backlog.wanted(most.min(self.spare()), |key| self.share().saturating_sub(length(key)))
    }

    /// Takes events that were wanted, in their order.
    pub(crate) fn take_again(&mut self, events: Vec<Event>) {
        let mut filled = HashSet::new();
        for event in events.into_iter().map(Arc::new) {
            for form in Form::ALL {
                let key = (event.what.entity.urn.id, form);
                if self.backlog.take(key, event.seq) {
                    let order = match plan(event.fate(form)) {
                        Plan::Send(order) => order,
                        Plan::Drop => None,
                    };
                    self.line_up(key, &event, order);
                    filled.insert(key);
                }
            }
        }
        filled.into_iter().for_each(|key| self.look_behind(key));
    }

    /// Sees whether what a lane has in the backlog is to be read again: when little stands in it, or nothing if messages of it are refused;
    /// and whenever its last one waits for the next.
    fn look_behind(&mut self, key: Key) {
        let (share, few) = (self.share(), if self.stuck.contains(&key) { 0 } else { self.share() / 2 });
        let wants = |lane: &Lane| lane.has_room(share) && (lane.len() <= few || lane.lets_pass());
        self.backlog.call(key, self.lanes.get(&key).is_none_or(wants));
    }

    /// Moves to the backlog what need not stand in a lane.
    fn thin_out(&mut self, key: Key) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        let behind = lane.split_behind(|seq| self.tried.contains_key(&(seq, key.1)));
        for seq in &behind {
            self.step_out(*seq, false);
        }
        self.backlog.put_back(key, behind);
    }

    /// Sees which message of a lane may go, if none is under way.
    fn arrange(&mut self, key: Key) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        match lane.state {
            State::Going(_) | State::Ready(..) => return,
            State::Kept(until) => drop(self.kept.remove(&(until, key))),
            State::Open => {}
        }
        match lane.look(self.now) {
            State::Ready(since, seq) => drop(self.ready.insert((since, (seq, key.1)))),
            State::Kept(until) => {
                self.kept.insert((until, key));
                self.thin_out(key);
            }
            State::Going(_) | State::Open => {}
        }
    }

    /// Looks again at lanes that were kept until `now` at most.
    fn release(&mut self, now: Time) {
        self.now = self.now.max(now);
        while let Some((_, key)) = self.kept.first().copied().filter(|(until, _)| *until <= self.now) {
            self.arrange(key);
        }
    }

    fn event(&self, seq: i64) -> Option<&Arc<Event>> {
        self.held.get(&seq)?.event.as_ref()
    }

    fn lane_of(&mut self, (seq, form): Ticket) -> Option<(Key, &mut Lane)> {
        let key = (self.event(seq)?.what.entity.urn.id, form);
        self.lanes.get_mut(&key).map(|lane| (key, lane))
    }

    /// The next message that may be sent at this instant; from now on it is under way.
    pub(crate) fn next(&mut self, now: Time) -> Option<Departure> {
        self.release(now);
        let (_, ticket) = self.ready.pop_first()?;
        let sending = self.lane_of(ticket)?.1.send(ticket.0);
        let event = Arc::clone(self.event(ticket.0)?);
        match sending {
            Sending::Cut(severed) => self.away = Some((ticket.0, severed)),
            Sending::Plain | Sending::Refused(_) => *self.tried.entry(ticket).or_default() += 1,
        }
        Some(Departure { ticket, event, sending })
    }

    /// How often a message was sent.
    pub(crate) fn tries(&self, ticket: Ticket) -> u32 {
        self.tried.get(&ticket).copied().unwrap_or_default()
    }

    /// A message was not taken: by the broker, or by a rule. Its lane waits for [`Self::retry`], others go on; what stands behind it and was
    /// never sent goes to the backlog.
    pub(crate) fn refuse(&mut self, ticket: Ticket, rule: Option<u64>) {
        let Some(event) = self.event(ticket.0).filter(|_| self.tried.contains_key(&ticket)) else { return };
        let key = (event.what.entity.urn.id, ticket.1);
        self.stuck.insert(key);
        self.refused.insert(ticket, rule);
        self.thin_out(key);
    }

    /// How many lanes are behind because of messages that were refused.
    pub(crate) fn stuck(&self) -> usize {
        self.stuck.len()
    }

    /// A rule that has messages refused.
    pub(crate) fn refusing_rule(&self) -> Option<u64> {
        self.refused.values().copied().flatten().next()
    }

    /// Something may go again of the lane of a refused message.
    pub(crate) fn retry(&mut self, ticket: Ticket) {
        if !self.refused.contains_key(&ticket) {
            return;
        }
        if let Some((key, lane)) = self.lane_of(ticket)
            && lane.state == State::Going(ticket.0)
        {
            lane.state = State::Open;
            self.arrange(key);
        }
    }

    /// A message has arrived: the next of its lane may go. Answers with the connection that a rule cuts now; then nobody knows that it has.
    pub(crate) fn confirm(&mut self, ticket: Ticket) -> Option<Severed> {
        let (seq, _) = ticket;
        let (key, lane) = self.lane_of(ticket)?;
        match lane.arrive(seq)? {
            Arrived::Again => self.arrange(key),
            Arrived::Done => self.done(ticket, key),
            Arrived::Cut(severed) => {
                self.away = Some((seq, severed));
                return Some(severed);
            }
        }
        None
    }

    fn done(&mut self, ticket: Ticket, key: Key) {
        self.refused.remove(&ticket);
        self.tried.remove(&ticket);
        self.step_out(ticket.0, true);
        if self.lanes.get(&key).is_some_and(|lane| lane.len() == 0) {
            self.lanes.remove(&key);
            if !self.backlog.has(key) {
                self.stuck.remove(&key);
            }
        } else {
            self.arrange(key);
        }
        self.look_behind(key);
    }

    /// Gives up everything up to and including event number `seq`.
    pub(crate) fn skip_to(&mut self, seq: i64) {
        self.read_to = self.read_to.max(seq);
        self.held = self.held.split_off(&(seq + 1));
        self.loaded = self.held.values().filter(|held| held.event.is_some()).count();
        self.backlog.skip_to(seq);
        self.refused = self.refused.split_off(&(seq + 1, Form::Xml));
        self.tried.retain(|(tried, _), _| *tried > seq);
        for lane in self.lanes.values_mut() {
            if lane.skip_to(seq) && !matches!(lane.state, State::Going(going) if going > seq) {
                lane.state = State::Open;
            }
        }
        self.lanes.retain(|_, lane| lane.len() > 0);
        self.stuck.retain(|key| self.lanes.contains_key(key) || self.backlog.has(*key));
        self.look_everywhere();
    }

    /// Nothing is under way any more: what is unconfirmed is to be sent again, and what was refused may be taken elsewhere.
    pub(crate) fn rewind(&mut self) {
        self.refused.clear();
        self.stuck.clear();
        self.lanes.values_mut().for_each(|lane| lane.state = State::Open);
        self.look_everywhere();
    }

    /// Looks at all lanes of which nothing is under way, and at what they have in the backlog.
    fn look_everywhere(&mut self) {
        self.ready.clear();
        self.kept.clear();
        let keys: Vec<Key> = self.lanes.keys().copied().collect();
        for key in keys {
            if let Some(lane) = self.lanes.get_mut(&key).filter(|lane| !matches!(lane.state, State::Going(_))) {
                lane.state = State::Open;
                self.arrange(key);
            }
        }
        for key in self.backlog.keys() {
            self.look_behind(key);
        }
    }

    /// The connection that a rule has cut, while there is to be no other.
    pub(crate) fn away(&self, now: Time) -> Option<Severed> {
        let (seq, severed) = self.away?;
        severed.until.filter(|until| now < *until && self.held.contains_key(&seq)).map(|_| severed)
    }

    /// How many messages rules have had dropped since this was asked last.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// What rules keep back at this instant, in words; at most so many.
    pub(crate) fn kept(&self, now: Time, most: usize) -> Vec<String> {
        let lanes = self.kept.iter().filter_map(|(_, key)| Some((key.1, self.lanes.get(key)?)));
        let told = lanes.flat_map(|(form, lane)| lane.told(now).map(move |(seq, words)| (form, seq, words)));
        told.take(most).map(|(form, seq, words)| format!("the {} message about event {seq} {words}", form.name())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::event;
    use vcdsim_model::clock::from_millis;
    use vcdsim_model::fate::{Cut, Fate, Fated};

    /// An event about an object.
    fn about(seq: i64, entity: u128) -> Event {
        let mut event = Event { seq, ..event() };
        event.what.entity.urn.id = Uuid::from_u128(entity);
        event
    }

    fn window(entities: &[u128]) -> Window {
        let mut window = Window::new(0, 8);
        (1..).zip(entities).for_each(|(seq, entity)| window.take(about(seq, *entity)));
        window
    }

    /// Reads again what is wanted; what is in memory is counted and bounded.
    fn refill(window: &mut Window, numbered: impl Fn(i64) -> Event) {
        loop {
            let wanted = window.wanted(3);
            if wanted.is_empty() {
                break;
            }
            window.take_again(wanted.into_iter().map(&numbered).collect());
        }
        let loaded = window.held.values().filter(|held| held.event.is_some()).count();
        assert!(
            loaded == window.loaded && loaded <= (1 + HELD_UP) * window.capacity,
            "{loaded} events are in memory, {} are counted",
            window.loaded
        );
    }

    fn next(window: &mut Window) -> Option<Ticket> {
        window.next(Time::MIN_UTC).map(|departure| departure.ticket)
    }

    fn all(window: &mut Window) -> Vec<Ticket> {
        std::iter::from_fn(|| next(window)).collect()
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
        assert_eq!(next(&mut window), Some((2, Form::Xml)));
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
        window.refuse((1, Form::Xml), None);
        window.refuse((9, Form::Xml), None);
        assert_eq!((all(&mut window), window.stuck(), window.tries((1, Form::Xml))), (Vec::new(), 1, 1));
        window.retry((1, Form::Xml));
        window.retry((2, Form::Xml));
        assert_eq!((all(&mut window), window.tries((1, Form::Xml))), (vec![(1, Form::Xml)], 2));
        // It has passed: the lane counts as stuck until it has caught up.
        window.confirm((1, Form::Xml));
        assert_eq!((window.stuck(), window.tries((1, Form::Xml))), (1, 0));
        window.retry((1, Form::Xml));
        refill(&mut window, |seq| about(seq, 1));
        assert_eq!(all(&mut window), [(2, Form::Xml)]);
        window.refuse((2, Form::Xml), None);
        window.rewind();
        assert_eq!((window.stuck(), all(&mut window)), (0, vec![(2, Form::Xml), (2, Form::Json)]));
        window.refuse((2, Form::Xml), None);
        window.skip_to(3);
        assert_eq!((window.stuck(), window.tries((2, Form::Xml)), all(&mut window)), (0, 0, Vec::new()));
    }

    #[test]
    fn a_lane_is_stuck_until_none_of_its_messages_is_left() {
        let mut window = window(&[1, 1, 1, 2]);
        for number in 1..=3 {
            assert_eq!(window.stuck(), if number == 1 { 0 } else { 2 });
            while next(&mut window).is_some() {}
            window.refuse((number, Form::Xml), None);
            window.refuse((4, Form::Json), None);
            window.retry((number, Form::Xml));
            window.retry((4, Form::Json));
            while next(&mut window).is_some() {}
            window.confirm((number, Form::Xml));
            refill(&mut window, |seq| about(seq, 1));
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
    fn no_object_has_more_than_its_share() {
        let mut window = window(&[1; 7]);
        assert_eq!((window.room(), window.len(), window.wanted(9)), (4, 7, vec![]));
        window.take(about(8, 2));
        assert_eq!(all(&mut window), [(1, Form::Xml), (1, Form::Json), (8, Form::Xml), (8, Form::Json)]);
        for ticket in [(1, Form::Json), (2, Form::Json)] {
            window.confirm(ticket);
            all(&mut window);
        }
        // One of the lanes has two left now; what it wants is not what the other one has room for.
        assert_eq!((window.wanted(9), window.wanted(1)), (vec![5, 6], vec![5]));
        window.take_again(vec![about(5, 1), about(6, 1)]);
        assert_eq!((window.wanted(9), window.room()), (vec![], 1), "six about the one, one about the other");
        for ticket in [(3, Form::Json), (4, Form::Json), (5, Form::Json), (6, Form::Json)] {
            window.confirm(ticket);
            all(&mut window);
        }
        assert_eq!((window.wanted(9), window.cursor()), (vec![7], 0));
        window.skip_to(4);
        assert_eq!((window.wanted(9), window.len()), (vec![5, 6, 7], 4));
        window.skip_to(7);
        assert_eq!((window.wanted(9), window.len(), window.room()), (vec![], 1, 7));
    }

    #[test]
    fn what_is_refused_of_many_leaves_room_for_others() {
        // Three times as many objects as there is room for, four events each, and all are refused.
        let mut window = Window::new(0, 8);
        let (mut seq, mut last) = (0, Vec::new());
        for entity in 0..24 {
            for _ in 0..4 {
                seq += 1;
                assert!(window.room() > 0, "{entity} finds no room");
                window.take(about(seq, entity));
            }
            last = all(&mut window);
            last.iter().for_each(|ticket| window.refuse(*ticket, None));
        }
        assert_eq!((window.stuck(), window.loaded, window.len(), window.cursor()), (48, 24, 96, 0));
        assert_eq!(window.wanted(9), [0_i64; 0], "nothing can go before what was refused");
        last.iter().for_each(|ticket| window.retry(*ticket));
        assert_eq!(all(&mut window), last);
        last.iter().for_each(|ticket| assert_eq!(window.confirm(*ticket), None));
        assert_eq!((window.wanted(9), window.stuck()), (vec![94, 95, 96], 48), "it is behind until all have passed");
        window.take_again(vec![about(94, 23), about(95, 23), about(96, 23)]);
        for seq in 94..=96 {
            assert_eq!(all(&mut window), [(seq, Form::Xml), (seq, Form::Json)]);
            assert_eq!(Form::ALL.map(|form| window.confirm((seq, form))), [None, None]);
        }
        assert_eq!((window.stuck(), window.len()), (46, 92));
        // There is an end to it: so many numbers are kept, no more. What passes makes room again, in its order.
        while window.room() > 0 {
            seq += 1;
            window.take(about(seq, 0));
        }
        assert_eq!((window.len(), window.loaded), (8 * FAR, 23));
        Form::ALL.into_iter().for_each(|form| window.retry((1, form)));
        for seq in (1..=4).chain(97..=seq) {
            refill(&mut window, |seq| about(seq, 0));
            assert_eq!(all(&mut window), [(seq, Form::Xml), (seq, Form::Json)]);
            assert_eq!(Form::ALL.map(|form| window.confirm((seq, form))), [None, None]);
        }
        assert_eq!((window.len(), window.loaded, window.stuck()), (22 * 4, 22, 44));
    }

    /// An event about an object, of which the XML message is to do this.
    fn fated(seq: i64, entity: u128, fate: Fate) -> Event {
        Event { fates: vec![Fated { form: Form::Xml, rule: 7, fate }], time: from_millis(0), ..about(seq, entity) }
    }

    #[test]
    fn what_is_late_of_many_leaves_room_for_others() {
        let mut window = Window::new(0, 8);
        let late = |seq| fated(seq, seq as u128 % 24, Fate::Delay(from_millis(10)));
        for seq in 1..=96 {
            assert!(window.room() > 0, "{seq} finds no room");
            window.take(late(seq));
            assert_eq!(xml(&mut window, 0), [0_i64; 0]);
            window.confirm((seq, Form::Json));
        }
        assert_eq!((window.loaded, window.len(), window.cursor()), (24, 96, 0));
        // Its time comes: each lane goes in its order, whatever stood in it and whatever did not.
        let mut gone = Vec::new();
        while window.len() > 0 {
            refill(&mut window, late);
            let going = xml(&mut window, 10);
            assert!(!going.is_empty(), "{} are left", window.len());
            going.iter().for_each(|seq| assert_eq!(window.confirm((*seq, Form::Xml)), None));
            gone.extend(going);
        }
        assert!((1..=24).all(|first| gone.iter().filter(|seq| **seq % 24 == first % 24).is_sorted()));
    }

    #[test]
    fn of_many_that_are_to_be_overtaken_no_more_stand_in_a_lane_than_its_share() {
        let yields = |seq| fated(seq, 1, Fate::Reorder(from_millis(10)));
        let mut window = Window::new(0, 8);
        (1..=6).for_each(|seq| window.take(yields(seq)));
        window.take(about(7, 2));
        assert_eq!(window.loaded, 5);
        // The last one of a share goes, and is the one that the others let pass.
        let mut gone = Vec::new();
        for _ in 1..=6 {
            refill(&mut window, yields);
            gone.extend(xml(&mut window, 0).into_iter().filter(|seq| *seq != 7));
            gone.last().iter().for_each(|seq| assert_eq!(window.confirm((**seq, Form::Xml)), None));
        }
        assert_eq!(gone, [4, 3, 2, 1, 6, 5]);
    }

    #[test]
    fn one_that_is_to_be_overtaken_has_the_next_one_read_whatever_stands_before_it() {
        let numbered = |seq| if seq == 4 { fated(4, 1, Fate::Reorder(from_millis(10))) } else { about(seq, 1) };
        let mut window = Window::new(0, 8);
        (1..=6).for_each(|seq| window.take(numbered(seq)));
        assert_eq!(xml(&mut window, 0), [1]);
        window.refuse((1, Form::Xml), None);
        window.retry((1, Form::Xml));
        let mut gone = Vec::new();
        for _ in 1..=6 {
            gone.extend(xml(&mut window, 0));
            gone.last().iter().for_each(|seq| assert_eq!(window.confirm((**seq, Form::Xml)), None));
            refill(&mut window, numbered);
        }
        assert_eq!(gone, [1, 2, 3, 5, 4, 6], "and so it is overtaken at once");
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
        assert_eq!((window.cursor(), window.read_to(), window.len(), next(&mut window).is_none()), (9, 9, 0, true));
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
        let numbered = |seq: i64| about(seq, entities[seq as usize - 1]);
        let mut window = Window::new(0, 16);
        let mut arrived: HashMap<(u128, Form), Vec<i64>> = HashMap::new();
        let (mut under_way, mut refused): (Vec<Ticket>, Vec<Ticket>) = (Vec::new(), Vec::new());
        let mut next = 0;
        while window.cursor() < entities.len() as i64 {
            refill(&mut window, numbered);
            while window.room() > 0 && next < entities.len() {
                next += 1;
                window.take(numbered(next as i64));
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
                window.refuse(ticket, None);
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

    /// A window of events about one object, of which the XML messages have these fates.
    fn struck(fates: &[Option<Fate>]) -> Window {
        let mut window = Window::new(0, 64);
        for (seq, fate) in (1_i64..).zip(fates) {
            let fates = fate.iter().map(|fate| Fated { form: Form::Xml, rule: 7, fate: *fate }).collect();
            window.take(Event { seq, fates, time: from_millis(0), ..event() });
        }
        window
    }

    /// The XML messages that may go at an instant.
    fn xml(window: &mut Window, now: i64) -> Vec<i64> {
        let going = std::iter::from_fn(|| window.next(from_millis(now)));
        going.map(|departure| departure.ticket).filter(|(_, form)| *form == Form::Xml).map(|(seq, _)| seq).collect()
    }

    #[test]
    fn what_is_dropped_is_dealt_with() {
        let mut window = struck(&[Some(Fate::Drop), None]);
        assert_eq!((xml(&mut window, 0), window.take_dropped(), window.take_dropped()), (vec![2], 1, 0));
        for ticket in [(1, Form::Json), (2, Form::Xml)] {
            window.confirm(ticket);
        }
        assert_eq!(window.cursor(), 1, "the other message about it counts as ever");
        let both = Form::ALL.map(|form| Fated { form, rule: 7, fate: Fate::Drop }).to_vec();
        let mut window = Window::new(0, 8);
        window.take(Event { seq: 1, fates: both, ..event() });
        assert_eq!((window.cursor(), window.len(), next(&mut window)), (1, 0, None));
    }

    #[test]
    fn each_copy_is_confirmed_before_the_next_goes() {
        let mut window = struck(&[Some(Fate::Duplicate(2)), None]);
        for tries in 1..=3 {
            assert_eq!((xml(&mut window, 0), window.tries((1, Form::Xml))), (vec![1], tries));
            window.confirm((1, Form::Xml));
        }
        assert_eq!(xml(&mut window, 0), [2]);
    }

    #[test]
    fn what_is_late_goes_in_the_order_of_its_instants() {
        let mut window = Window::new(0, 8);
        let numbered = |number: i64| {
            let (entity, until, time) = [(1, Some(30), 0), (2, Some(20), 0), (3, None, 25), (1, None, 5)][number as usize - 1];
            let fates = until.map(|until| Fated { form: Form::Xml, rule: 7, fate: Fate::Delay(from_millis(until)) });
            Event { fates: fates.into_iter().collect(), time: from_millis(time), ..about(number, entity) }
        };
        (1..=4).for_each(|number| window.take(numbered(number)));
        let words = window.kept(from_millis(0), 1);
        assert_eq!(words, ["the xml message about event 2 is kept back by rule 7 until 1970-01-01T00:00:00.020Z"]);
        assert_eq!(xml(&mut window, 30), [2, 3, 1], "all at once when the clock has been moved, as they became due");
        window.confirm((1, Form::Xml));
        refill(&mut window, numbered);
        assert_eq!((xml(&mut window, 30), window.kept(from_millis(30), 9)), (vec![4], vec![]));
    }

    #[test]
    fn what_is_overtaken_follows_or_goes_at_its_time() {
        let yields = || Some(Fate::Reorder(from_millis(10)));
        let mut window = struck(&[yields(), None, None]);
        assert_eq!(xml(&mut window, 0), [2]);
        assert_eq!(xml(&mut window, 10), [0_i64; 0], "one of them is under way");
        window.confirm((2, Form::Xml));
        assert_eq!((xml(&mut window, 0), window.cursor()), (vec![1], 0));
        window.confirm((1, Form::Xml));
        assert_eq!(xml(&mut window, 0), [3]);
        let mut window = struck(&[yields()]);
        assert_eq!((xml(&mut window, 9), xml(&mut window, 10)), (vec![], vec![1]));
        // The one that comes later overtakes it as well.
        let mut window = struck(&[yields()]);
        assert_eq!(xml(&mut window, 5), [0_i64; 0]);
        window.take(Event { seq: 2, ..event() });
        assert_eq!(xml(&mut window, 5), [2]);
        // When that one is refused until its time has come, it goes.
        window.refuse((2, Form::Xml), None);
        window.release(from_millis(10));
        window.retry((2, Form::Xml));
        assert_eq!(xml(&mut window, 10), [1]);
        window.confirm((1, Form::Xml));
        assert_eq!(xml(&mut window, 10), [2]);
    }

    #[test]
    fn a_rule_refuses_and_says_which_it_is() {
        let mut window = struck(&[Some(Fate::Refuse(1))]);
        let departure = window.next(from_millis(0)).unwrap();
        assert_eq!(departure.sending, Sending::Refused(7));
        window.refuse(departure.ticket, Some(7));
        assert_eq!((window.refusing_rule(), window.stuck(), xml(&mut window, 0)), (Some(7), 1, vec![]));
        window.retry(departure.ticket);
        assert_eq!(window.next(from_millis(0)).unwrap().sending, Sending::Plain);
        window.confirm(departure.ticket);
        assert_eq!((window.refusing_rule(), window.stuck()), (None, 0));
    }

    #[test]
    fn there_is_no_connection_while_its_message_waits_and_its_time_lasts() {
        let until = Some(from_millis(10));
        let severed = Severed { rule: 7, until };
        let mut window = struck(&[Some(Fate::Disconnect(Cut::Before, until))]);
        assert_eq!(window.away(from_millis(0)), None);
        let departure = window.next(from_millis(0)).unwrap();
        assert_eq!((departure.sending, window.tries(departure.ticket)), (Sending::Cut(severed), 0));
        assert_eq!((window.away(from_millis(9)), window.away(from_millis(10))), (Some(severed), None));
        window.rewind();
        assert_eq!((window.cursor(), xml(&mut window, 10)), (0, vec![1]), "it goes then");
        let mut window = struck(&[Some(Fate::Disconnect(Cut::After, until))]);
        assert_eq!(xml(&mut window, 0), [1]);
        assert_eq!(window.confirm((1, Form::Xml)), Some(severed));
        window.rewind();
        assert_eq!((xml(&mut window, 10), window.confirm((1, Form::Xml))), (vec![1], None), "the second time it is taken");
        assert_eq!(window.away(from_millis(0)), Some(severed), "the other message about its event waits");
        window.skip_to(1);
        assert_eq!(window.away(from_millis(0)), None, "what is given up keeps nobody away");
    }

    fn some_fate(random: &mut impl FnMut(usize) -> usize, now: i64) -> Option<Fate> {
        let until = from_millis(now + 1 + random(40) as i64);
        [
            None,
            Some(Fate::Drop),
            Some(Fate::Duplicate(1 + random(3) as u32)),
            Some(Fate::Delay(until)),
            Some(Fate::Reorder(until)),
            Some(Fate::Refuse(1 + random(3) as u32)),
            Some(Fate::Disconnect(if random(2) == 0 { Cut::Before } else { Cut::After }, None)),
        ][random(7)]
    }

    /// Random fates, confirmations, refusals, losses and restarts: everything arrives but what was to be dropped, nothing hangs, and never are
    /// two messages of a lane under way.
    #[test]
    fn whatever_rules_order_nothing_else_is_lost_and_nothing_hangs() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        let events: Vec<Event> = (0..400)
            .map(|at| {
                let time = at * 2;
                let fates = Form::ALL.map(|form| Some(Fated { form, rule: 7, fate: some_fate(&mut random, time)? }));
                let mut event = Event { seq: at + 1, time: from_millis(time), fates: fates.into_iter().flatten().collect(), ..event() };
                event.what.entity.urn.id = Uuid::from_u128(random(5) as u128);
                event
            })
            .collect();
        let (mut arrived, mut order) = (HashMap::<Ticket, u32>::new(), HashMap::<Key, Vec<i64>>::new());
        let (mut window, mut under_way, mut refused) = (Window::new(0, 16), Vec::<Ticket>::new(), Vec::<Ticket>::new());
        let (mut now, mut turns) = (0, 0);
        while window.cursor() < events.len() as i64 {
            turns += 1;
            assert!(turns < 100_000, "it hangs at {} of {}", window.cursor(), events.len());
            refill(&mut window, |seq| events[seq as usize - 1].clone());
            while window.room() > 0 && window.read_to() < events.len() as i64 {
                window.take(events[window.read_to() as usize].clone());
            }
            let mut lost = random(40) == 0;
            while let Some(Departure { ticket, sending, .. }) = window.next(from_millis(now)).filter(|_| !lost) {
                match sending {
                    Sending::Plain => under_way.push(ticket),
                    Sending::Refused(_) => {
                        window.refuse(ticket, Some(7));
                        refused.push(ticket);
                    }
                    Sending::Cut(_) => lost = true,
                }
            }
            let lane = |(seq, form): &Ticket| (events[*seq as usize - 1].what.entity.urn.id, *form);
            let busy: Vec<_> = under_way.iter().chain(&refused).map(lane).collect();
            assert!(lost || busy.iter().collect::<BTreeSet<_>>().len() == busy.len(), "two messages of one lane are under way");
            if !lost && !under_way.is_empty() && random(4) > 0 {
                let ticket = under_way.swap_remove(random(under_way.len()));
                if random(5) == 0 {
                    window.refuse(ticket, None);
                    refused.push(ticket);
                } else {
                    let times = arrived.entry(ticket).or_default();
                    *times += 1;
                    if *times == 1 {
                        order.entry(lane(&ticket)).or_default().push(ticket.0);
                    }
                    lost = window.confirm(ticket).is_some();
                }
            } else if !refused.is_empty() && random(2) == 0 {
                window.retry(refused.swap_remove(random(refused.len())));
            } else {
                now += 1 + random(9) as i64;
            }
            if lost {
                under_way.clear();
                refused.clear();
                window.rewind();
            }
            if random(200) == 0 {
                // A restart: all that is not confirmed is read again.
                under_way.clear();
                refused.clear();
                window = Window::new(window.cursor(), 16);
            }
        }
        judge(&events, &arrived, &order);
    }

    /// Each lane came in order but for what was to be overtaken, and everything as often as it was to come, at least.
    fn judge(events: &[Event], arrived: &HashMap<Ticket, u32>, order: &HashMap<Key, Vec<i64>>) {
        for ((_, form), lane) in order {
            let overtaken = |seq: &i64| matches!(events[*seq as usize - 1].fate(*form).map(|fated| fated.fate), Some(Fate::Reorder(_)));
            for (at, seq) in lane.iter().enumerate().filter(|(_, seq)| !overtaken(seq)) {
                assert!(lane[..at].iter().all(|before| before < seq), "{seq} was overtaken: {lane:?}");
            }
        }
        for event in events {
            for form in Form::ALL {
                let times = arrived.get(&(event.seq, form)).copied().unwrap_or_default();
                let least = match event.fate(form).map(|fated| fated.fate) {
                    Some(Fate::Drop) => {
                        assert_eq!(times, 0);
                        0
                    }
                    Some(Fate::Duplicate(more)) => more + 1,
                    Some(Fate::Disconnect(Cut::After, _)) => 2,
                    _ => 1,
                };
                assert!(times >= least, "event {} {form:?} {:?} arrived {times} times", event.seq, event.fate(form));
            }
        }
    }
}

//! What is left to be done of a message's fate. Invariant: it only ever becomes less, and a message of which nothing is left goes as if no rule
//! had struck it. It is not stored: after a restart all of it is done again.

use vcdsim_model::clock::{Time, format_time};
use vcdsim_model::fate::{Cut, Fate, Fated};

/// What a rule has still to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// The number of the rule.
    pub(crate) rule: u64,
    /// What.
    pub(crate) act: Act,
}

/// What is still to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is sent so many times more.
    Repeat(u32),
    /// It goes at this instant.
    Wait(Time),
    /// It goes when the one behind it has arrived, or at this instant.
    Yield(Time),
    /// It is refused so many times.
    Refuse(u32),
    /// The connection is cut, and there is none before this instant.
    Cut(Cut, Option<Time>),
}

/// What is to be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// It is sent, in the end.
    Send(Option<Order>),
    /// It is never sent.
    Drop,
}

/// What a message's fate means.
pub(crate) fn plan(fated: Option<Fated>) -> Plan {
    let Some(Fated { rule, fate, .. }) = fated else { return Plan::Send(None) };
    let act = match fate {
        Fate::Drop => return Plan::Drop,
        Fate::Duplicate(times) => Act::Repeat(times),
        Fate::Delay(until) => Act::Wait(until),
        Fate::Reorder(until) => Act::Yield(until),
        Fate::Refuse(times) => Act::Refuse(times),
        Fate::Disconnect(cut, until) => Act::Cut(cut, until),
    };
    Plan::Send(Some(Order { rule, act }))
}

impl Order {
    /// The same with one time less, if any is left.
    fn less(self) -> Option<Self> {
        let act = match self.act {
            Act::Repeat(times) if times > 1 => Act::Repeat(times - 1),
            Act::Refuse(times) if times > 1 => Act::Refuse(times - 1),
            _ => return None,
        };
        Some(Self { act, ..self })
    }
}

/// What happens to a message that is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// It is sent.
    Plain,
    /// This rule has it refused.
    Refused(u64),
    /// The connection is cut instead.
    Cut(Severed),
}

/// A connection that a rule cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Severed {
    /// The number of the rule.
    pub(crate) rule: u64,
    /// Before which instant there is no other.
    pub(crate) until: Option<Time>,
}

/// What is done of an order as its message is about to be sent.
pub(crate) fn send(order: &mut Option<Order>) -> Sending {
    match *order {
        Some(Order { rule, act: Act::Refuse(times) }) => {
            *order = order.and_then(Order::less);
            if times > 0 { Sending::Refused(rule) } else { Sending::Plain }
        }
        Some(Order { rule, act: Act::Cut(Cut::Before, until) }) => {
            *order = None;
            Sending::Cut(Severed { rule, until })
        }
        _ => Sending::Plain,
    }
}

/// What follows when the broker has a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Nothing more of it.
    Done,
    /// It goes once more.
    Again,
    /// The connection is cut, and nobody knows that it has arrived.
    Cut(Severed),
}

/// What is done of an order when the broker has its message.
pub(crate) fn arrive(order: &mut Option<Order>) -> Arrived {
    match *order {
        Some(Order { act: Act::Repeat(times), .. }) if times > 0 => {
            *order = order.and_then(Order::less);
            Arrived::Again
        }
        Some(Order { rule, act: Act::Cut(Cut::After, until) }) => {
            *order = None;
            Arrived::Cut(Severed { rule, until })
        }
        _ => Arrived::Done,
    }
}

impl Severed {
    /// What is said of it.
    pub(crate) fn words(self) -> String {
        let Self { rule, until } = self;
        match until {
            Some(until) => {
                format!("rule {rule} of broker/faults has cut the connection, and lets none be made until {}", format_time(until))
            }
            None => format!("rule {rule} of broker/faults has cut the connection"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcdsim_model::clock::from_millis;
    use vcdsim_model::fate::Form;

    fn order(fate: Fate) -> Option<Order> {
        match plan(Some(Fated { form: Form::Xml, rule: 3, fate })) {
            Plan::Send(order) => order,
            Plan::Drop => panic!("{fate:?} is no loss"),
        }
    }

    #[test]
    fn what_no_rule_struck_is_sent_once() {
        assert_eq!(plan(None), Plan::Send(None));
        assert_eq!((send(&mut None), arrive(&mut None)), (Sending::Plain, Arrived::Done));
        assert_eq!(plan(Some(Fated { form: Form::Json, rule: 1, fate: Fate::Drop })), Plan::Drop);
    }

    #[test]
    fn each_time_is_done_once() {
        let mut order = order(Fate::Refuse(2));
        let seen: Vec<_> = (0..3).map(|_| send(&mut order)).collect();
        assert_eq!(seen, [Sending::Refused(3), Sending::Refused(3), Sending::Plain]);
        let mut order = self::order(Fate::Duplicate(2));
        let seen: Vec<_> = (0..3).map(|_| (send(&mut order), arrive(&mut order)).1).collect();
        assert_eq!(seen, [Arrived::Again, Arrived::Again, Arrived::Done]);
        for nothing in [Fate::Refuse(0), Fate::Duplicate(0)] {
            let mut order = self::order(nothing);
            assert_eq!((send(&mut order), arrive(&mut order)), (Sending::Plain, Arrived::Done));
        }
    }

    #[test]
    fn a_connection_is_cut_once_and_on_the_right_side() {
        let until = Some(from_millis(7));
        let severed = Severed { rule: 3, until };
        let mut before = order(Fate::Disconnect(Cut::Before, until));
        assert_eq!((send(&mut before), send(&mut before), arrive(&mut before)), (Sending::Cut(severed), Sending::Plain, Arrived::Done));
        let mut after = order(Fate::Disconnect(Cut::After, until));
        assert_eq!((send(&mut after), arrive(&mut after)), (Sending::Plain, Arrived::Cut(severed)));
        assert_eq!((send(&mut after), arrive(&mut after)), (Sending::Plain, Arrived::Done));
    }
}

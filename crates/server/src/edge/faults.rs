//! What is ordered to go wrong with requests and answers. Invariant: it happens by the rules that the cloud keeps, and only to what they name.

use super::Edge;
use std::sync::OnceLock;
use uuid::Uuid;
use vcdsim_http::message::Response;
use vcdsim_http::passage::{Admission, Door, Passage, Refusal};
use vcdsim_model::clock::after_millis;
use vcdsim_model::mishap::{At, Facts, Mishap, Wire};
use vcdsim_model::{Fault, FaultCode};
use vcdsim_platform::mishap::Struck;

/// Into how many pieces a body falls that comes bit by bit, at most.
const PIECES: u64 = 10;

/// How an answer is spoilt on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoilt {
    /// Its connection is reset.
    Reset,
    /// Its connection is closed.
    Empty,
    /// Its connection is closed in the middle of the body.
    Truncated,
    /// These bytes come instead.
    Garbage(Vec<u8>),
    /// Its body comes in pieces of so many bytes, each when the delay of this ticket is over.
    Dribble(Vec<(Uuid, u64)>),
}

fn facts(passage: &Passage) -> Facts<'_> {
    Facts {
        method: passage.method,
        path: Some(&passage.path),
        operations: passage.operations,
        org: passage.caller.as_ref().map(|caller| caller.org),
        user: passage.caller.as_ref().map(|caller| caller.user),
        entity: passage.object,
        message: None,
    }
}

/// The edge, as one request meets it.
#[derive(Debug)]
pub(super) struct Gate<'e> {
    edge: &'e Edge,
    /// The number of the rule that struck the request.
    struck: OnceLock<u64>,
}

impl Door for Gate<'_> {
    fn admit<'a>(&'a self, passage: &'a Passage) -> Admission<'a> {
        Box::pin(async move {
            let cloud = self.edge.app.cloud();
            let Some(struck) = cloud.strike(At::Request, &facts(passage), passage.id).await? else { return Ok(()) };
            self.struck.get_or_init(|| struck.rule);
            match struck.mishap {
                Mishap::Fail { status, minor, message } => Err(Refusal::Made { status, minor, message }),
                Mishap::EndSession => {
                    if let Some(caller) = &passage.caller {
                        cloud.logout(caller.session).await?;
                    }
                    Err(Fault::unauthorized("The request has no session, or its session has ended. Sign in at /api/sessions.").into())
                }
                Mishap::Busy(millis) => match passage.object {
                    // What is busy already is what it was to be, and what is no object cannot be.
                    Some(object) => Ok(cloud.keep_busy(object, millis).await.or_else(unless_broken)?),
                    None => Ok(()),
                },
                Mishap::Delay(..) | Mishap::Wire(..) | Mishap::Message(_) => Ok(()),
            }
        })
    }
}

fn unless_broken(fault: Fault) -> Result<(), Fault> {
    if fault.code == FaultCode::Internal { Err(fault) } else { Ok(()) }
}

impl<'e> Gate<'e> {
    pub(super) fn new(edge: &'e Edge) -> Self {
        Self { edge, struck: OnceLock::new() }
    }

    /// Keeps an answer back for as long as it was ordered; says how it is to be spoilt, and the rules that struck the request or its answer.
    pub(super) async fn release(self, passage: &Passage, response: &Response) -> (Option<Spoilt>, Vec<u64>) {
        let mut rules: Vec<_> = self.struck.get().copied().into_iter().collect();
        let spoilt = match self.edge.app.cloud().strike(At::Response, &facts(passage), passage.id).await {
            Ok(None) => Ok(None),
            Ok(Some(struck)) => {
                rules.push(struck.rule);
                self.edge.spoil(struck, passage, response).await
            }
            Err(fault) => Err(fault),
        };
        let spoilt = spoilt.unwrap_or_else(|fault| {
            tracing::error!(%fault, "the rules of faults cannot be followed");
            None
        });
        (spoilt, rules)
    }
}

impl Edge {
    async fn spoil(&self, struck: Struck, passage: &Passage, response: &Response) -> Result<Option<Spoilt>, Fault> {
        let Struck { mishap, garbage, .. } = struck;
        Ok(match mishap {
            Mishap::Wire(Wire::Reset, _) => Some(Spoilt::Reset),
            Mishap::Wire(Wire::Empty, _) => Some(Spoilt::Empty),
            Mishap::Wire(Wire::Truncated, _) => Some(Spoilt::Truncated),
            Mishap::Wire(Wire::Garbage, _) => Some(Spoilt::Garbage(garbage)),
            Mishap::Wire(Wire::Dribble, over) => Some(self.dribble(passage.id, response.length(), over.unwrap_or_default()).await?),
            Mishap::Delay(..) if self.hasty => None,
            Mishap::Delay(..) => {
                self.delayed(passage.id).await;
                None
            }
            _ => None,
        })
    }

    /// The pieces of a body of so many bytes, of which the last comes after `over` milliseconds.
    async fn dribble(&self, request: Uuid, length: u64, over: i64) -> Result<Spoilt, Fault> {
        let (now, size) = (self.now(), length.div_ceil(PIECES).max(1));
        let count = i64::try_from(length.div_ceil(size)).unwrap_or(1);
        let (mut pieces, mut left) = (Vec::new(), length);
        for turn in 1..=count {
            let ticket = Uuid::new_v5(&request, &turn.to_be_bytes());
            self.app.cloud().delay(ticket, after_millis(now, over.saturating_mul(turn) / count)).await?;
            pieces.push((ticket, left.min(size)));
            left = left.saturating_sub(size);
        }
        Ok(Spoilt::Dribble(pieces))
    }
}

//! Tickets for consoles. Invariant: nobody gets one who may not use the console now, and no two are the same.

use crate::access::admit;
use crate::cloud::Cloud;
use crate::session::hex;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::action::Action;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::vm::Vm;
use vcdsim_store::{Command, Tx};

/// A ticket for the console of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleTicket {
    /// What vCenter calls the machine.
    pub moref: String,
    /// The secret that opens the console.
    pub secret: String,
}

impl Cloud {
    /// A ticket for the console of a machine, when `caller` may do `action` to it now.
    ///
    /// # Errors
    /// The fault of the action.
    pub async fn console_ticket(&self, vm: Uuid, action: &'static Action, caller: &Caller) -> Result<ConsoleTicket, Fault> {
        self.store().write(Acquire { vm, action, caller: caller.clone() }).await
    }
}

struct Acquire {
    vm: Uuid,
    action: &'static Action,
    caller: Caller,
}

impl Command for Acquire {
    type Output = ConsoleTicket;

    async fn run(self, tx: &mut Tx<'_>) -> Result<ConsoleTicket, Fault> {
        let machine = admit::<Vm>(&tx.read(), &self.caller, self.action, self.vm).await?;
        let secret = format!("cst-{}", hex(&tx.secret()));
        Ok(ConsoleTicket { moref: machine.body().moref.clone(), secret })
    }
}

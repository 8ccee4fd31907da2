//! System settings. Invariant: only the provider reads and writes them; a change never touches tasks that are already blocked.

pub mod trust;

use crate::cloud::Cloud;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::settings::{AmqpSettings, AmqpTrust, Setting};
use vcdsim_store::{Command, Tx};

/// Refuses who may not see the system's settings.
///
/// # Errors
/// 403.
pub fn admit(caller: &Caller) -> Result<(), Fault> {
    if caller.is_system_admin() { Ok(()) } else { Err(Fault::denied()) }
}

impl Cloud {
    /// A settings document.
    ///
    /// # Errors
    /// 403 for all but the provider.
    pub async fn setting<S: Setting>(&self, caller: &Caller) -> Result<S, Fault> {
        admit(caller)?;
        self.read().setting().await
    }

    /// Replaces what `change` changes and answers the new document.
    ///
    /// # Errors
    /// 403 for all but the provider, and what `change` refuses.
    pub async fn change_setting<S, F>(&self, caller: &Caller, change: F) -> Result<S, Fault>
    where
        S: Setting,
        F: FnOnce(&mut S) -> Result<(), Fault> + Send + 'static,
    {
        admit(caller)?;
        self.store().write(ChangeSetting { change, setting: std::marker::PhantomData }).await
    }

    /// [`Self::change_setting`] of the broker's settings: what happened before there was a broker is never sent to it.
    ///
    /// # Errors
    /// As [`Self::change_setting`].
    pub async fn change_broker<F>(&self, caller: &Caller, change: F) -> Result<AmqpSettings, Fault>
    where
        F: FnOnce(&mut AmqpSettings) -> Result<(), Fault> + Send + 'static,
    {
        admit(caller)?;
        self.store().write(ChangeBroker { change }).await
    }

    /// The broker that the server was started with; it replaces the stored settings.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn set_broker(&self, settings: AmqpSettings) -> Result<(), Fault> {
        let change = move |stored: &mut AmqpSettings| {
            // Whom to trust is kept where the start says nothing about it.
            let trust = if settings.trust == AmqpTrust::default() { stored.trust.clone() } else { settings.trust.clone() };
            *stored = AmqpSettings { trust, ..settings };
            Ok(())
        };
        self.store().write(ChangeBroker { change }).await.map(drop)
    }

    /// Connects to a broker with these settings and says why that failed.
    ///
    /// # Errors
    /// 403 for all but the provider.
    pub async fn test_broker(&self, caller: &Caller, settings: AmqpSettings) -> Result<Result<(), String>, Fault> {
        admit(caller)?;
        Ok(self.ports().test_broker(settings).await)
    }
}

struct ChangeSetting<S, F> {
    change: F,
    setting: std::marker::PhantomData<fn() -> S>,
}

impl<S: Setting, F: FnOnce(&mut S) -> Result<(), Fault> + Send + 'static> Command for ChangeSetting<S, F> {
    type Output = S;

    async fn run(self, tx: &mut Tx<'_>) -> Result<S, Fault> {
        let mut setting: S = tx.read().setting().await?;
        (self.change)(&mut setting)?;
        tx.put_setting(&setting).await?;
        Ok(setting)
    }
}

struct ChangeBroker<F> {
    change: F,
}

impl<F: FnOnce(&mut AmqpSettings) -> Result<(), Fault> + Send + 'static> Command for ChangeBroker<F> {
    type Output = AmqpSettings;

    async fn run(self, tx: &mut Tx<'_>) -> Result<AmqpSettings, Fault> {
        let before: AmqpSettings = tx.read().setting().await?;
        let mut settings = before.clone();
        (self.change)(&mut settings)?;
        if before == settings {
            return Ok(settings);
        }
        if before.host.is_empty() && !settings.host.is_empty() {
            let head = tx.read().recent_events(1).await?.last().map_or(0, |event| event.seq);
            tx.put_cursor(AmqpSettings::KEY, head).await?;
        }
        tx.put_setting(&settings).await?;
        Ok(settings)
    }
}

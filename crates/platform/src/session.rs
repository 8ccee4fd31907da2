//! Signing in and out. Invariant: what is stored of a token or a password is a hash; a session works at every API version.

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::Caller;
use vcdsim_model::clock::{Time, after_millis};
use vcdsim_model::entity::Res;
use vcdsim_model::event::{Named, NewEvent, PREFIX};
use vcdsim_model::family::org::{Org, SYSTEM};
use vcdsim_model::family::role::Role;
use vcdsim_model::family::session::{Session, end};
use vcdsim_model::family::settings::{GeneralSettings, Setting};
use vcdsim_model::family::user::User;
use vcdsim_model::kind::Kind;
use vcdsim_store::{Command, EntityFilter, Reader, TimerKind, Tx};

use crate::cloud::Cloud;
use crate::seed;

/// A session is prolonged when it has been used and this much of its life is gone, so that reads seldom write.
const PROLONG_AFTER_MILLIS: i64 = 60 * 1_000;

/// The key that signs bearer tokens; made at the first login and kept with the data.
#[derive(Clone, Default, Serialize, Deserialize)]
struct SigningKey {
    hex: String,
}

impl Setting for SigningKey {
    const KEY: &'static str = "signingKey";
}

/// What a bearer token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// The session.
    jti: Uuid,
    /// The user's name.
    sub: String,
    /// The organization's name.
    org: String,
    /// When it was made, in seconds.
    iat: i64,
}

/// A new session and the two tokens by which clients name it.
#[derive(Debug, Clone)]
pub struct Login {
    /// Who signed in.
    pub caller: Caller,
    /// For `x-vcloud-authorization`: 32 characters, so that clients do not take it for a bearer token.
    pub token: String,
    /// For `X-VMWARE-VCLOUD-ACCESS-TOKEN`.
    pub bearer: String,
}

/// How a request names its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// The value of `x-vcloud-authorization`.
    Opaque(&'a str),
    /// The value after `Bearer`.
    Bearer(&'a str),
}

impl Cloud {
    /// Signs in `user@org`.
    ///
    /// # Errors
    /// 401 without saying which part was wrong; the attempt is announced when the user exists.
    pub async fn login(&self, user: &str, org: &str, password: &str) -> Result<Login, Fault> {
        let reader = self.read();
        let refused = || Fault::unauthorized("The user name, the organization or the password is not correct.");
        let org = find_named::<Org>(&reader, EntityFilter::kind(Kind::Org), org).await?.ok_or_else(refused)?;
        let in_org = EntityFilter::kind(Kind::User).in_org(org.head().id);
        let user = find_named::<User>(&reader, in_org, user).await?.ok_or_else(refused)?;
        let account = user.body();
        let correct = match account.password_hash.clone() {
            Some(hash) => verify(hash, password.to_owned()).await?,
            None => false,
        };
        let admitted = correct && account.enabled && org.body().enabled;
        let caller = caller(&reader, &user, &org, Uuid::nil()).await?;
        let login = self.store().write(LoginCommand { caller, admitted }).await?;
        login.ok_or_else(refused)
    }

    /// The caller behind a token.
    ///
    /// # Errors
    /// 401 when it names no living session.
    pub async fn authenticate(&self, token: Token<'_>) -> Result<Caller, Fault> {
        let reader = self.read();
        let session = match token {
            Token::Opaque(token) => reader.session_by_token(&hash(token)).await?,
            Token::Bearer(token) => match self.session_of(token).await? {
                Some(id) => reader.session(id).await?,
                None => None,
            },
        };
        self.used(session).await
    }

    /// The caller behind a session that is used once more.
    ///
    /// # Errors
    /// 401 when it has ended.
    pub async fn use_session(&self, session: Uuid) -> Result<Caller, Fault> {
        let session = self.read().session(session).await?;
        self.used(session).await
    }

    /// The caller behind a session, as it is now. To look does not prolong it.
    ///
    /// # Errors
    /// 401 when it has ended.
    pub async fn look_at_session(&self, session: Uuid) -> Result<Caller, Fault> {
        let session = self.read().session(session).await?;
        Ok(self.living(session).await?.1)
    }

    /// A session that somebody uses lives longer.
    async fn used(&self, session: Option<Arc<Session>>) -> Result<Caller, Fault> {
        let (session, caller) = self.living(session).await?;
        let reader = self.read();
        let settings: GeneralSettings = reader.setting().await?;
        if end(&settings, session.created, reader.now()) >= after_millis(session.expires, PROLONG_AFTER_MILLIS) {
            self.store().write(Prolong { id: session.id }).await?;
        }
        Ok(caller)
    }

    async fn living(&self, session: Option<Arc<Session>>) -> Result<(Arc<Session>, Caller), Fault> {
        let reader = self.read();
        let ended = || Fault::unauthorized("The request has no session, or its session has ended. Sign in at /api/sessions.");
        let now = reader.now();
        let session = session.filter(|session| session.expires > now).ok_or_else(ended)?;
        let user = reader.find::<User>(session.user).await?.ok_or_else(ended)?;
        let org = reader.find::<Org>(session.org).await?.ok_or_else(ended)?;
        if !user.body().enabled || !org.body().enabled {
            return Err(ended());
        }
        let caller = caller(&reader, &user, &org, session.id).await?;
        Ok((session, caller))
    }

    /// The system's administrator, for what is done in his name without a session.
    ///
    /// # Errors
    /// Only a defect: the account is part of every inventory.
    pub async fn provider(&self) -> Result<Caller, Fault> {
        let reader = self.read();
        let org = reader.get::<Org>(seed::seeded_id(Kind::Org, SYSTEM)).await?;
        let user = find_named::<User>(&reader, EntityFilter::kind(Kind::User).in_org(org.head().id), seed::ADMINISTRATOR).await?;
        caller(&reader, &user.ok_or_else(Fault::internal)?, &org, Uuid::nil()).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn logout(&self, session: Uuid) -> Result<(), Fault> {
        self.store().write(Logout { session }).await
    }

    async fn session_of(&self, bearer: &str) -> Result<Option<Uuid>, Fault> {
        let key: SigningKey = self.read().setting().await?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let decoded = jsonwebtoken::decode::<Claims>(bearer, &DecodingKey::from_secret(key.hex.as_bytes()), &validation);
        Ok(decoded.ok().filter(|_| !key.hex.is_empty()).map(|token| token.claims.jti))
    }
}

/// The object of this kind and name; names are compared without regard to case, as logins are.
async fn find_named<R: vcdsim_model::entity::Resource>(
    reader: &Reader<'_>,
    filter: EntityFilter,
    name: &str,
) -> Result<Option<Res<R>>, Fault> {
    let all = reader.list(filter).await?;
    Ok(all.into_iter().find(|entity| entity.head.name.eq_ignore_ascii_case(name)).and_then(Res::new))
}

/// A user as a caller without a session.
pub(crate) async fn caller_of(reader: &Reader<'_>, user: Uuid) -> Result<Caller, Fault> {
    let user = reader.get::<User>(user).await?;
    let org = reader.get::<Org>(user.head().org.ok_or_else(Fault::internal)?).await?;
    caller(reader, &user, &org, Uuid::nil()).await
}

async fn caller(reader: &Reader<'_>, user: &Res<User>, org: &Res<Org>, session: Uuid) -> Result<Caller, Fault> {
    let role = reader.get::<Role>(user.body().role).await?;
    Ok(Caller {
        user: user.head().id,
        user_name: user.head().name.clone(),
        org: org.head().id,
        org_name: org.head().name.clone(),
        role: role.head().id,
        role_name: role.head().name.clone(),
        system: org.head().name == SYSTEM,
        groups: user.body().groups.clone(),
        acting: false,
        rights: role.body().rights.clone(),
        session,
    })
}

/// Whether this is the password, found out beside the workers: a hash is meant to take long, and requests must not wait for it.
async fn verify(hash: String, password: String) -> Result<bool, Fault> {
    tokio::task::spawn_blocking(move || matches(&hash, &password)).await.map_err(|error| {
        tracing::error!(%error, "a password could not be verified");
        Fault::internal()
    })
}

fn matches(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// SHA-256 in lower-case hex: enough for tokens, which are random.
fn hash(token: &str) -> String {
    hex(digest(&SHA256, token.as_bytes()).as_ref())
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

struct LoginCommand {
    caller: Caller,
    admitted: bool,
}

impl Command for LoginCommand {
    type Output = Option<Login>;

    async fn run(mut self, tx: &mut Tx<'_>) -> Result<Option<Login>, Fault> {
        tx.emit(login_event(&self.caller, self.admitted)).await?;
        if !self.admitted {
            return Ok(None);
        }
        let mut key: SigningKey = tx.read().setting().await?;
        if key.hex.is_empty() {
            key.hex = hex(&tx.secret());
            tx.put_setting(&key).await?;
        }
        let token = hex(&tx.secret()[..16]);
        self.caller.session = tx.id();
        let now = tx.now();
        let expires = end(&tx.read().setting().await?, now, now);
        let session = Session {
            id: self.caller.session,
            token_hash: hash(&token),
            user: self.caller.user,
            org: self.caller.org,
            created: now,
            expires,
        };
        tx.put_timer(TimerKind::Session, session.id, expires).await?;
        tx.put_session(session).await?;
        let bearer = sign(&self.caller, now, &key)?;
        Ok(Some(Login { caller: self.caller, token, bearer }))
    }
}

fn sign(caller: &Caller, now: Time, key: &SigningKey) -> Result<String, Fault> {
    let claims = Claims { jti: caller.session, sub: caller.user_name.clone(), org: caller.org_name.clone(), iat: now.timestamp() };
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(key.hex.as_bytes())).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        Fault::internal()
    })
}

fn login_event(caller: &Caller, success: bool) -> NewEvent {
    let user = Named { urn: vcdsim_model::id::Urn::new(Kind::User, caller.user), name: caller.user_name.clone() };
    let org = Named { urn: vcdsim_model::id::Urn::new(Kind::Org, caller.org), name: caller.org_name.clone() };
    NewEvent {
        r#type: format!("{PREFIX}session/login"),
        entity: user.clone(),
        user,
        org,
        task: None,
        task_owner: None,
        success,
        blocking: false,
        service: None,
    }
}

struct Prolong {
    id: Uuid,
}

impl Command for Prolong {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(session) = tx.read().session(self.id).await? else { return Ok(()) };
        let expires = end(&tx.read().setting().await?, session.created, tx.now());
        tx.put_timer(TimerKind::Session, self.id, expires).await?;
        tx.put_session(Session { expires, ..Session::clone(&session) }).await.map(drop)
    }
}

struct Logout {
    session: Uuid,
}

impl Command for Logout {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.delete_timer(TimerKind::Session, self.session).await?;
        tx.delete_session(self.session).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_do_not_show_what_they_hide() {
        assert_eq!(hash("token").len(), 64);
        assert_eq!(hex(&[0x00, 0x1f, 0xa0, 0xff]), "001fa0ff");
        assert_ne!(hash("token"), hash("Token"));
        assert!(!matches("not a hash", "password"));
    }
}

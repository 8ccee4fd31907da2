//! A vCloud client that knows the calls which the trials need. Invariant: it knows nothing that it was not told by the server.

use crate::http::{Answer, Connection, Request};
use std::net::SocketAddr;

/// The API version of all trials.
const ACCEPT: &str = "application/*+xml;version=36.0";
/// `administrator@System:password`
const ADMINISTRATOR: &str = "Basic YWRtaW5pc3RyYXRvckBTeXN0ZW06cGFzc3dvcmQ=";
/// `author@example:password`
const AUTHOR: &str = "Basic YXV0aG9yQGV4YW1wbGU6cGFzc3dvcmQ=";

const DECISION: &str = "application/vnd.vmware.admin.blockingTaskOperationParams+xml";
const COMPOSE: &str = "application/vnd.vmware.vcloud.composeVAppParams+xml";
const INSTANTIATE: &str = "application/vnd.vmware.vcloud.instantiateVAppTemplateParams+xml";
const PROGRESS: &str = "application/vnd.vmware.admin.blockingTaskUpdateProgressOperationParams+xml";
const SETTINGS: &str = "application/vnd.vmware.admin.blockingTaskSettings+xml";

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Error {
    /// The server went away.
    Transport(std::io::Error),
    /// The server answered something else than what was expected.
    Answer(String),
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Transport(error)
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        match error {
            Error::Transport(error) => error.to_string(),
            Error::Answer(told) => told,
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// A session on a connection of its own.
#[derive(Debug)]
pub(crate) struct Client {
    connection: Connection,
    token: String,
}

/// Where a template is, and where it can be instantiated.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    vdc: String,
    template: String,
}

/// What came of a request to instantiate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instantiated {
    /// The path of the vApp.
    pub(crate) vapp: String,
    /// The path of the task.
    pub(crate) task: String,
}

impl Client {
    /// Signs in the provider's administrator.
    pub(crate) async fn administrator(address: SocketAddr) -> Result<Self> {
        Self::login(address, ADMINISTRATOR).await
    }

    /// Signs in an author of vApps of the organization `example`.
    pub(crate) async fn author(address: SocketAddr) -> Result<Self> {
        Self::login(address, AUTHOR).await
    }

    async fn login(address: SocketAddr, credentials: &str) -> Result<Self> {
        let mut connection = connect(address).await?;
        let request = Request::new("POST", "/api/sessions", &[("Accept", ACCEPT), ("Authorization", credentials)], "");
        let answer = connection.call(&request).await?;
        let token =
            answer.header("x-vcloud-authorization").ok_or_else(|| Error::Answer(format!("no login: {}", answer.text())))?.to_owned();
        Ok(Self { connection, token })
    }

    /// A GET request with the token of its login.
    pub(crate) fn request(&self, path: &str) -> Request {
        Request::new("GET", path, &[("Accept", ACCEPT), ("x-vcloud-authorization", &self.token)], "")
    }

    /// `GET`; anything but 200 is an error.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = self.request(path);
        let answer = self.connection.call(&request).await?;
        expect(answer, 200, path)
    }

    /// `GET`, with whatever status.
    pub(crate) async fn look(&mut self, path: &str) -> Result<Answer> {
        let request = self.request(path);
        Ok(self.connection.call(&request).await?)
    }

    /// Goes on with the same session on a new connection.
    pub(crate) async fn reconnect(&mut self, address: SocketAddr) -> Result<()> {
        self.connection = connect(address).await?;
        Ok(())
    }

    /// Sends a document; anything but `status` is an error.
    pub(crate) async fn send(&mut self, method: &str, path: &str, media: &str, body: &str, status: u16) -> Result<Answer> {
        let headers = [("Accept", ACCEPT), ("x-vcloud-authorization", self.token.as_str()), ("Content-Type", media)];
        let request = Request::new(method, path, &headers, body);
        let answer = self.connection.call(&request).await?;
        expect(answer, status, path)
    }

    /// Finds the VDC `example-vdc` and the template `photon-1vm`.
    pub(crate) async fn source(&mut self) -> Result<Source> {
        let vdc = self.first("/api/query?type=orgVdc&filter=name==example-vdc", "/api/vdc/").await?;
        let template = self.first("/api/query?type=vAppTemplate&filter=name==photon-1vm", "/api/vAppTemplate/").await?;
        Ok(Source { vdc, template })
    }

    async fn first(&mut self, query: &str, prefix: &str) -> Result<String> {
        let answer = self.get(query).await?;
        path_in(answer.text(), prefix).ok_or_else(|| Error::Answer(format!("{query} found nothing: {}", answer.text())))
    }

    /// The paths of all records of a query; the type may be followed by a filter.
    pub(crate) async fn records(&mut self, query: &str, prefix: &str) -> Result<Vec<String>> {
        let mut paths = Vec::new();
        for page in 1.. {
            let answer = self.get(&format!("/api/query?type={query}&pageSize=128&page={page}")).await?;
            let records = answer.text().split("Record ").skip(1);
            paths.extend(records.filter_map(|record| path_in(record, prefix)));
            if !answer.text().contains("rel=\"nextPage\"") {
                break;
            }
        }
        Ok(paths)
    }

    /// Instantiates the template.
    pub(crate) async fn instantiate(&mut self, source: &Source, name: &str) -> Result<Instantiated> {
        let Source { vdc, template } = source;
        let body = format!(
            "<InstantiateVAppTemplateParams xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"{name}\" deploy=\"false\" \
             powerOn=\"false\"><Source href=\"http://localhost{template}\"/></InstantiateVAppTemplateParams>"
        );
        self.make(&format!("{vdc}/action/instantiateVAppTemplate"), INSTANTIATE, &body).await
    }

    /// Composes a vApp of nothing.
    pub(crate) async fn compose(&mut self, source: &Source, name: &str) -> Result<Instantiated> {
        let body = format!("<ComposeVAppParams xmlns=\"http://www.vmware.com/vcloud/v1.5\" name=\"{name}\"/>");
        self.make(&format!("{}/action/composeVApp", source.vdc), COMPOSE, &body).await
    }

    async fn make(&mut self, path: &str, media: &str, body: &str) -> Result<Instantiated> {
        let answer = self.send("POST", path, media, body, 201).await?;
        let found = path_in(answer.text(), "/api/vApp/vapp-").zip(path_in(answer.text(), "/api/task/"));
        let (vapp, task) = found.ok_or_else(|| Error::Answer(format!("an answer without vApp or task: {}", answer.text())))?;
        Ok(Instantiated { vapp, task })
    }

    /// The status of a task.
    pub(crate) async fn task_status(&mut self, task: &str) -> Result<String> {
        let answer = self.get(task).await?;
        attribute(answer.text(), "status").ok_or_else(|| Error::Answer(format!("a task without status: {}", answer.text())))
    }

    /// Makes an operation blocking, with this timeout and action, or nothing.
    pub(crate) async fn block(&mut self, operation: Option<&str>, timeout_millis: i64, action: &str) -> Result<()> {
        let operation = operation.map(|name| format!("<v:Operation>{name}</v:Operation>")).unwrap_or_default();
        let body = format!(
            "<BlockingTaskSettings xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\" xmlns:v=\"http://www.vmware.com/vcloud/v1.5\">\
             <TimeoutAction>{action}</TimeoutAction><BlockingTaskOperations>{operation}</BlockingTaskOperations>\
             <TimeoutInMilliseconds>{timeout_millis}</TimeoutInMilliseconds></BlockingTaskSettings>"
        );
        self.send("PUT", "/api/admin/extension/settings/blockingTask", SETTINGS, &body, 200).await.map(drop)
    }

    /// The path of the blocking task of a task, as its document says it.
    pub(crate) async fn blocking_task(&mut self, task: &str) -> Result<String> {
        let answer = self.get(task).await?;
        path_in(answer.text(), "/api/admin/extension/blockingTask/").ok_or_else(|| Error::Answer(format!("not blocked: {}", answer.text())))
    }

    /// Decides about a blocking task: `resume`, `abort` or `fail`.
    pub(crate) async fn decide(&mut self, blocking: &str, decision: &str) -> Result<()> {
        let body = "<BlockingTaskOperationParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message>so it is</Message>\
                    </BlockingTaskOperationParams>";
        self.send("POST", &format!("{blocking}/action/{decision}"), DECISION, body, 204).await.map(drop)
    }

    /// Moves the timeout of a blocking task to so many milliseconds from now.
    pub(crate) async fn prolong(&mut self, blocking: &str, millis: i64) -> Result<()> {
        let body = format!(
            "<BlockingTaskUpdateProgressParams xmlns=\"http://www.vmware.com/vcloud/extension/v1.5\"><Message>wait</Message>\
             <TimeoutValueInMilliseconds>{millis}</TimeoutValueInMilliseconds></BlockingTaskUpdateProgressParams>"
        );
        self.send("POST", &format!("{blocking}/action/updateProgress"), PROGRESS, &body, 200).await.map(drop)
    }

    /// Deletes a vApp; the path of the task that does it.
    pub(crate) async fn delete(&mut self, vapp: &str) -> Result<String> {
        let answer = self.send("DELETE", vapp, "", "", 202).await?;
        path_in(answer.text(), "/api/task/").ok_or_else(|| Error::Answer(format!("an answer without a task: {}", answer.text())))
    }

    /// Cancels a task.
    pub(crate) async fn cancel(&mut self, task: &str) -> Result<()> {
        self.send("POST", &format!("{task}/action/cancel"), "", "", 204).await.map(drop)
    }

    /// A call of the control interface.
    pub(crate) async fn control(&mut self, path: &str) -> Result<serde_json::Value> {
        let request = Request::new("GET", &format!("/_mock/v1/{path}"), &[], "");
        let answer = self.connection.call(&request).await?;
        serde_json::from_slice(&expect(answer, 200, path)?.body).map_err(|error| Error::Answer(error.to_string()))
    }
}

async fn connect(address: SocketAddr) -> Result<Connection> {
    Ok(Connection::open(address).await?)
}

fn expect(answer: Answer, status: u16, path: &str) -> Result<Answer> {
    if answer.status == status { Ok(answer) } else { Err(Error::Answer(format!("{path} answered {}: {}", answer.status, answer.text()))) }
}

/// The first path in a document that begins so.
pub(crate) fn path_in(document: &str, prefix: &str) -> Option<String> {
    let rest = &document[document.find(prefix)?..];
    Some(rest[..rest.find('"')?].to_owned())
}

/// The first attribute with this name.
pub(crate) fn attribute(document: &str, name: &str) -> Option<String> {
    let key = format!(" {name}=\"");
    let rest = &document[document.find(&key)? + key.len()..];
    Some(rest[..rest.find('"')?].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_attributes_are_found() {
        let document =
            "<Task status=\"running\" href=\"http://cell.test/api/task/1f\"><Owner href=\"http://cell.test/api/vApp/vapp-2\"/></Task>";
        assert_eq!(path_in(document, "/api/task/").as_deref(), Some("/api/task/1f"));
        assert_eq!(attribute(document, "status").as_deref(), Some("running"));
        assert_eq!(path_in(document, "/api/org/"), None);
    }
}

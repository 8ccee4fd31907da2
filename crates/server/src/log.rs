//! The log. Invariant: every line that is written on the way of a request has its id.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: an object in each line.
    Json,
}

/// What writes the log to `writer`.
pub fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::instance::Instance;
    use crate::serving;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use vcdsim_http::message::Request;
    use vcdsim_model::action::Method;

    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    async fn instance() -> Instance {
        Instance::open(&Config::for_tests(), serving::sources()).await.unwrap()
    }

    #[tokio::test]
    async fn each_line_of_a_request_has_its_id() {
        let (instance, paper) = (instance().await, Paper::default());
        let target = paper.clone();
        let log = subscriber(LogFormat::Json, EnvFilter::new("info"), move || target.clone());
        let _guard = tracing::subscriber::set_default(log);
        // Another test may have met the same lines while nobody listened, and noted that.
        tracing::callsite::rebuild_interest_cache();
        let request = Request {
            method: Some(Method::Get),
            path: "/api/versions".into(),
            query: String::new(),
            headers: vec![("host".into(), "localhost".into())],
            scheme: "http",
            body: bytes::Bytes::new(),
            upload: None,
            options: false,
        };
        let answer = instance.edge.serve(request).await.response;
        let id = answer.header("x-vmware-vcloud-request-id").unwrap().to_owned();
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!lines.is_empty());
        for line in &lines {
            assert_eq!(line["span"]["id"].as_str(), Some(&*id), "{line}");
        }
        assert!(lines.iter().any(|line| line["path"] == "/api/versions" && line["status"] == 200), "{text}");
    }
}

//! The real application with fewer or more routes than it has. Invariant: what is asked for lies among the routes that every size has.

use crate::fixed::announce;
use actix_web::{App, HttpServer, web};
use std::path::PathBuf;
use std::sync::Arc;
use vcdsim_http::router::{Router, Routes};
use vcdsim_model::Fault;
use vcdsim_model::clock::{Dial, SystemClock};
use vcdsim_server::{Cli, Config, Instance, Sources};
use vcdsim_store::RandomIds;

/// What the bench asks for.
const NEEDED: &[&str] =
    &["/api/sessions", "/api/session", "/api/query", "/api/task/{id}", "/api/versions", "/api/vdc/{id}/action/instantiateVAppTemplate"];

/// Serves with this many routes until it is killed.
pub(crate) async fn serve(count: usize, dir: PathBuf) -> Result<(), String> {
    let mut config = Config::load(&Cli::default())?;
    config.data_dir = Some(dir);
    let ids = || Arc::new(RandomIds);
    let sources = Sources { clock: Arc::new(Dial::new(Arc::new(SystemClock::default()))), ids: ids(), request_ids: ids() };
    let instance = Instance::start(&config, sources).await?;
    let app = web::Data::new(instance.app.with_router(router(count)));
    let server = HttpServer::new(move || App::new().app_data(app.clone()).default_service(web::to(vcdsim_http::actix::serve)))
        .workers(vcdsim_server::WORKERS)
        .tcp_nodelay(true)
        .bind("127.0.0.1:0")
        .map_err(|error| error.to_string())?;
    announce(server.addrs().first())?;
    server.run().await.map_err(|error| error.to_string())
}

fn router(count: usize) -> Router {
    let mut routes: Routes = vcdsim_http::table();
    let mut extra = routes.len().saturating_sub(count);
    routes.retain(|route| {
        let dropped = extra > 0 && !NEEDED.contains(&route.path.as_str());
        extra -= usize::from(dropped);
        !dropped
    });
    for number in routes.len()..count {
        routes.get(&format!("/api/padding{number}/{{id}}/action/nothing"), |_| async { Err(Fault::not_implemented("padding")) });
    }
    routes.build()
}

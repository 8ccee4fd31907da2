//! The blocking-task story's cast: an administrator, a tenant, and what they send. Invariant: requests are those of the seed page.

use vcdsim_model::kind::Kind;
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_testkit::{Actor, Answer, World, WorldOptions};

pub(crate) const VCLOUD: &str = "http://www.vmware.com/vcloud/v1.5";
pub(crate) const VMEXT: &str = "http://www.vmware.com/vcloud/extension/v1.5";
pub(crate) const BLOCKING_TASKS: &str = "/api/admin/extension/blockingTasks";

pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) admin: Actor,
    pub(crate) tenant: Actor,
}

impl Story {
    /// A world in which `operations` block for a minute and are then ended by `action`.
    pub(crate) async fn begin(operations: &[&str], action: &str) -> Self {
        Self::begin_with(WorldOptions::default(), operations, action, 60_000).await
    }

    pub(crate) async fn begin_with(options: WorldOptions, operations: &[&str], action: &str, millis: i64) -> Self {
        let story = Self::go_on(World::with(options).await).await;
        assert_eq!(story.settings(operations, action, millis).await.status, 200);
        story
    }

    /// The cast in a world that is as it is.
    pub(crate) async fn go_on(world: World) -> Self {
        let admin = world.login("administrator@System").await;
        let tenant = world.login("author@example").await;
        Self { world, admin, tenant }
    }

    pub(crate) async fn settings(&self, operations: &[&str], action: &str, millis: i64) -> Answer {
        let operations: String = operations.iter().map(|name| format!("<v:Operation>{name}</v:Operation>")).collect();
        let body = format!(
            "<BlockingTaskSettings xmlns=\"{VMEXT}\" xmlns:v=\"{VCLOUD}\"><TimeoutAction>{action}</TimeoutAction>\
             <BlockingTaskOperations>{operations}</BlockingTaskOperations><TimeoutInMilliseconds>{millis}</TimeoutInMilliseconds></BlockingTaskSettings>"
        );
        self.admin.put("/api/admin/extension/settings/blockingTask", media::BLOCKING_TASK_SETTINGS, &body).await
    }

    /// The tenant instantiates `photon-1vm`.
    pub(crate) async fn instantiate(&self, name: &str) -> Answer {
        self.instantiate_as(&self.tenant, name).await
    }

    /// Somebody does.
    pub(crate) async fn instantiate_as(&self, tenant: &Actor, name: &str) -> Answer {
        instantiate(tenant, name).await
    }

    /// The tenant instantiates something that blocks; answers the vApp, its task, and its blocking task.
    pub(crate) async fn blocked(&self, name: &str) -> Blocked {
        let vapp = self.instantiate(name).await;
        assert_eq!(vapp.status, 201, "{}", vapp.text());
        let task = vapp.attribute_of("Task", "href").unwrap();
        let seen = self.admin.get(&task).await;
        let blocking = seen.link("down", media::BLOCKING_TASK);
        Blocked { vapp: vapp.attribute("href").unwrap(), task, blocking }
    }

    /// The administrator acts on a blocking task.
    pub(crate) async fn act(&self, blocking: &str, action: &str, message: &str) -> Answer {
        let link = self.admin.get(blocking).await.find_link(action, media::BLOCKING_TASK_PARAMS);
        let url = link.unwrap_or_else(|| format!("{blocking}/action/{action}"));
        self.admin.post(&url, media::BLOCKING_TASK_PARAMS, &params(message)).await
    }
}

/// The three hrefs of a blocked request.
pub(crate) struct Blocked {
    pub(crate) vapp: String,
    pub(crate) task: String,
    pub(crate) blocking: String,
}

pub(crate) fn params(message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BlockingTaskOperationParams\n   xmlns=\"{VMEXT}\" >\n   <Message>{message}</Message>\n</BlockingTaskOperationParams>"
    )
}

pub(crate) fn progress(message: &str, millis: Option<&str>) -> String {
    let value = millis.map(|millis| format!("<x:TimeoutValueInMilliseconds>{millis}</x:TimeoutValueInMilliseconds>")).unwrap_or_default();
    format!(
        "<x:BlockingTaskUpdateProgressParams xmlns:x=\"{VMEXT}\"><x:Message>{message}</x:Message>{value}</x:BlockingTaskUpdateProgressParams>"
    )
}

/// A tenant of example instantiates `photon-1vm`.
pub(crate) async fn instantiate(tenant: &Actor, name: &str) -> Answer {
    let vdc = seeded_id(Kind::Vdc, "example-vdc");
    let template = seeded_id(Kind::VAppTemplate, "example-catalog/photon-1vm");
    let body = format!(
        "<InstantiateVAppTemplateParams xmlns=\"{VCLOUD}\" name=\"{name}\" deploy=\"false\" powerOn=\"false\">\
         <Source href=\"https://elsewhere.test/api/vAppTemplate/vappTemplate-{template}\"/><AllEULAsAccepted>true</AllEULAsAccepted></InstantiateVAppTemplateParams>"
    );
    let url = format!("/api/vdc/{vdc}/action/instantiateVAppTemplate");
    tenant.post(&url, media::INSTANTIATE_VAPP_TEMPLATE_PARAMS, &body).await
}

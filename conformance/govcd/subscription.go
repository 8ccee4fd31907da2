package main

import (
	"net/url"
	"strings"
	"time"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// subscriptions publishes the catalog of the inventory, lets another one follow it in the four ways of the client, and deletes that.
func subscriptions(s *story) {
	owner := client()
	done(owner.Authenticate("orgadmin", "password", "example"))
	org := must(owner.GetAdminOrgByName("example"))
	source := must(org.GetAdminCatalogByName("example-catalog", true))
	yes, secret := true, "superUnknown"
	done(source.PublishToExternalOrganizations(types.PublishExternalCatalogParams{IsPublishedExternally: &yes, Password: secret}))
	location := must(source.FullSubscriptionUrl())
	s.check("a catalog is published to the outside", strings.HasPrefix(location, owner.Client.VCDHREF.Scheme+"://"+owner.Client.VCDHREF.Host+"/vcsp/lib/"), true)

	params := types.ExternalCatalogSubscription{SubscribeToExternalFeeds: true, Location: location}
	host := must(url.Parse(location)).Host
	for _, wrong := range [][]string{
		{location[:len(location)-5] + "beef/", "RESOURCE_NOT_FOUND"},
		{strings.Replace(location, host, "fake.example.com", 1), "INVALID_URL_OR_PASSWORD"},
		{"not-an-URL", "UNKNOWN_ERROR"},
	} {
		other := params
		other.Location = wrong[0]
		_, err := org.CreateCatalogFromSubscriptionAsync(other, nil, "follower", secret, false)
		s.refused("a wrong subscription is refused: "+wrong[1], err, wrong[1])
	}

	follower := must(org.CreateCatalogFromSubscription(params, nil, "follower", secret, false, 20*time.Second))
	s.check("a catalog follows it", follower.AdminCatalog.ExternalCatalogSubscription.Location, location)
	name := func(item *types.QueryResultCatalogItemType) string { return item.Name }
	s.check("and has its items", each(must(follower.QueryCatalogItemList()), name), each(must(source.QueryCatalogItemList()), name))
	s.check("its templates", len(must(follower.QueryVappTemplateList())), 2)
	s.check("and its media", len(must(follower.QueryMediaList())), 1)

	done(follower.Sync())
	tasks := append(must(follower.LaunchSynchronisationAllVappTemplates()), must(follower.LaunchSynchronisationAllMediaItems())...)
	names := each(tasks, func(task *govcd.Task) string { return task.Task.OperationName })
	s.check("items are synchronised one by one", names, []string{"syncCatalogItem", "syncCatalogItem", "syncCatalogItem"})
	for _, task := range tasks {
		done(task.WaitTaskCompletion())
	}
	params.Password, params.LocalCopy = secret, true
	done(follower.UpdateSubscriptionParams(params))
	s.check("the subscription is changed", follower.AdminCatalog.ExternalCatalogSubscription.LocalCopy, true)
	done(follower.Delete(true, true))
	_, err := org.GetAdminCatalogByName("follower", true)
	s.check("and the catalog deleted with all that came", govcd.ContainsNotFound(err), true)
	done(owner.Disconnect())
}

package main

import (
	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// affinity keeps machines of a vApp apart and together, changes its mind, and looks what becomes of the rule when one of them goes.
func affinity(s *story, vdc *govcd.Vdc, template *govcd.VAppTemplate) {
	vapp := must(vdc.CreateVappFromTemplate(&types.InstantiateVAppTemplateParams{
		Name: "ruled", Source: &types.Reference{HREF: template.VAppTemplate.HREF}, AllEULAsAccepted: true,
	}))
	done(vapp.Refresh())
	var machines []*types.Reference
	for _, machine := range vapp.VApp.Children.VM {
		machines = append(machines, &types.Reference{HREF: machine.HREF})
	}
	yes, no := true, false
	define := func(name, polarity string, machines ...*types.Reference) *types.VmAffinityRule {
		references := []*types.VMs{{VMReference: machines}}
		return &types.VmAffinityRule{Name: name, IsEnabled: &yes, IsMandatory: &no, Polarity: polarity, VmReferences: references}
	}
	name := func(machine *types.Reference) string { return machine.Name }
	named := func(rule *govcd.VmAffinityRule) []string {
		return each(rule.VmAffinityRule.VmReferences[0].VMReference, name)
	}

	rule := must(vdc.CreateVmAffinityRule(define("apart", types.PolarityAntiAffinity, machines[0], machines[1])))
	seen := []any{rule.VmAffinityRule.Name, rule.VmAffinityRule.Polarity, *rule.VmAffinityRule.IsEnabled, *rule.VmAffinityRule.IsMandatory}
	s.check("a rule is made", seen, []any{"apart", "Anti-Affinity", true, false})
	s.check("about two machines", named(rule), []string{"firstVM", "secondVM"})
	lists := []int{len(must(vdc.GetVmAffinityRuleList())), len(must(vdc.GetVmAntiAffinityRuleList()))}
	s.check("it is listed among its own", lists, []int{0, 1})
	s.check("and found by its name", must(vdc.GetVmAffinityRuleByNameOrId("apart")).VmAffinityRule.HREF, rule.VmAffinityRule.HREF)
	stranger := &types.Reference{HREF: machines[0].HREF[:len(machines[0].HREF)-12] + "000000000000"}
	_, err := vdc.CreateVmAffinityRule(define("wrong", types.PolarityAffinity, machines[0], stranger))
	s.refused("a machine that is not there is refused", err, "403")

	done(rule.SetMandatory(true))
	done(rule.SetEnabled(false))
	rule.VmAffinityRule.Name, rule.VmAffinityRule.Polarity = "together", types.PolarityAffinity
	rule.VmAffinityRule.VmReferences = []*types.VMs{{VMReference: machines}}
	done(rule.Update())
	seen = []any{rule.VmAffinityRule.Name, rule.VmAffinityRule.Polarity, *rule.VmAffinityRule.IsEnabled, *rule.VmAffinityRule.IsMandatory}
	s.check("it is changed", seen, []any{"together", "Affinity", false, true})
	s.check("and about three machines", named(rule), []string{"firstVM", "secondVM", "thirdVM"})
	machine := must(vapp.GetVMByName("secondVM", true))
	done(machine.Delete())
	done(rule.Refresh())
	s.check("one that is deleted leaves it", named(rule), []string{"firstVM", "thirdVM"})

	id := rule.VmAffinityRule.ID
	done(rule.Delete())
	_, err = vdc.GetVmAffinityRuleById(id)
	s.check("after its deletion it is not found", govcd.ContainsNotFound(err), true)
	for _, end := range []func() (govcd.Task, error){vapp.Undeploy, vapp.Delete} {
		task := must(end())
		done(task.WaitTaskCompletion())
	}
}

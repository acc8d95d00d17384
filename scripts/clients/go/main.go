// Drives the Go client of Dependency-Track as a pipeline does.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"time"

	dtrack "github.com/DependencyTrack/client-go"
)

const name = "go-client"

var broken bool

// step tells what broke; whether it held.
func step(what string, err error, held bool, said any) bool {
	if err == nil && held {
		return true
	}
	broken = true
	fmt.Printf("%s: %v %+v\n", what, err, said)
	return false
}

func main() {
	ctx := context.Background()
	client, err := dtrack.NewClient(os.Getenv("URL"), dtrack.WithAPIKey(os.Getenv("KEY")))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	about, err := client.About.Get(ctx)
	step("About.Get", err, about.Version != "", about)
	document, err := os.ReadFile(os.Getenv("BOM"))
	step("the BOM", err, true, nil)
	token, err := client.BOM.Upload(ctx, dtrack.BOMUploadRequest{
		ProjectName: name, ProjectVersion: "1.0", AutoCreate: true,
		BOM: base64.StdEncoding.EncodeToString(document),
	})
	if step("BOM.Upload", err, token != "", token) {
		processing := true
		for tries := 0; processing && tries < 600; tries++ {
			processing, err = client.BOM.IsBeingProcessed(ctx, token)
			if err != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		step("BOM.IsBeingProcessed", err, !processing, processing)
	}
	project, err := client.Project.Lookup(ctx, name, "1.0")
	step("Project.Lookup", err, project.Name == name, project)
	all, err := dtrack.FetchAll(func(po dtrack.PageOptions) (dtrack.Page[dtrack.Project], error) {
		return client.Project.GetAll(ctx, po)
	})
	step("Project.GetAll", err, len(all) > 0, all)
	po := dtrack.PageOptions{PageNumber: 1, PageSize: 10}
	components, err := client.Component.GetAll(ctx, project.UUID, po, dtrack.ComponentFilterOptions{})
	step("Component.GetAll", err, components.TotalCount == 2, components)
	findings, err := client.Finding.GetAll(ctx, project.UUID, false, po)
	if step("Finding.GetAll", err, len(findings.Items) == 1, findings) {
		finding := findings.Items[0]
		analysis, err := client.Analysis.Create(ctx, dtrack.AnalysisRequest{
			Project: project.UUID, Component: finding.Component.UUID, Vulnerability: finding.Vulnerability.UUID,
			State: dtrack.AnalysisStateInTriage, Comment: "looked at",
		})
		step("Analysis.Create", err, analysis.State == dtrack.AnalysisStateInTriage, analysis)
		analysis, err = client.Analysis.Get(ctx, finding.Component.UUID, project.UUID, finding.Vulnerability.UUID)
		step("Analysis.Get", err, len(analysis.Comments) == 2, analysis)
	}
	export, err := client.Finding.ExportFPF(ctx, project.UUID)
	step("Finding.ExportFPF", err, len(export) > 0, "")
	metrics, err := client.Metrics.LatestProjectMetrics(ctx, project.UUID)
	step("Metrics.LatestProjectMetrics", err, metrics.Vulnerabilities == 1, metrics)
	violations, err := client.PolicyViolation.GetAllForProject(ctx, project.UUID, false, po)
	step("PolicyViolation.GetAllForProject", err, violations.TotalCount == 1, violations)
	policy, err := client.Policy.Create(ctx, dtrack.Policy{
		Name: name, Operator: dtrack.PolicyOperatorAny, ViolationState: dtrack.PolicyViolationStateWarn,
	})
	if step("Policy.Create", err, policy.Name == name, policy) {
		condition, err := client.PolicyCondition.Create(ctx, policy.UUID, dtrack.PolicyCondition{
			Subject: dtrack.PolicyConditionSubjectSeverity, Operator: dtrack.PolicyConditionOperatorIs, Value: "HIGH",
		})
		step("PolicyCondition.Create", err, condition.Value == "HIGH", condition)
		_, err = client.Policy.AddProject(ctx, policy.UUID, project.UUID)
		step("Policy.AddProject", err, true, nil)
		step("Policy.Delete", client.Policy.Delete(ctx, policy.UUID), true, nil)
	}
	team, err := client.Team.Create(ctx, dtrack.Team{Name: name})
	if step("Team.Create", err, team.Name == name, team) {
		key, err := client.Team.GenerateAPIKey(ctx, team.UUID)
		step("Team.GenerateAPIKey", err, key.Key != "", nil)
		step("Team.Delete", client.Team.Delete(ctx, team), true, nil)
	}
	settings, err := client.Config.GetAll(ctx)
	step("Config.GetAll", err, len(settings) > 10, len(settings))
	bom, err := client.BOM.ExportProject(ctx, project.UUID, dtrack.BOMFormatJSON, dtrack.BOMVariantInventory)
	step("BOM.ExportProject", err, len(bom) > 0, "")
	made, err := client.Project.Create(ctx, dtrack.Project{Name: name + "-made", Version: "1", Active: true})
	step("Project.Create", err, made.Name == name+"-made", made)
	step("Project.Delete", client.Project.Delete(ctx, made.UUID), true, nil)
	step("Project.Delete", client.Project.Delete(ctx, project.UUID), true, nil)
	if broken {
		os.Exit(1)
	}
}

from dependency_track_api import DependencyTrack
from steps import KEY, URL, call, end, step, upload

uuid = upload("python-api")
client = DependencyTrack(URL, KEY)
step("get_version", client.get_version, lambda about: about["application"] == "Dependency-Track")
finding = call("GET", f"finding/project/{uuid}")[0]
where = {
    "project": uuid,
    "component": finding["component"]["uuid"],
    "vulnerability": finding["vulnerability"]["uuid"],
}
decision = {**where, "analysisState": "IN_TRIAGE", "comment": "looked at"}
step("update_analysis", lambda: client.update_analysis(decision), lambda one: one["analysisState"] == "IN_TRIAGE")
step("retrieve_analysis", lambda: client.retrieve_analysis(**where), lambda one: len(one["analysisComments"]) == 2)
team = call("PUT", "team", {"name": "python-api"})["uuid"]
call("PUT", "acl/mapping", {"team": team, "project": uuid})
step("retrieve_projects_for_team", lambda: client.retrieve_projects_for_team(team), lambda all: all[0]["uuid"] == uuid)
end()

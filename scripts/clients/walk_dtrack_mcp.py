from dtrack_mcp import api
from dtrack_mcp.connection import Connection, DTrackConfig
from steps import KEY, URL, end, step, upload

NAME = "python-mcp"
uuid = upload(NAME)
with Connection(DTrackConfig(base_url=URL, api_key=KEY, retry_max=0)) as server:
    one = {"project_uuid": uuid}
    step("list_projects", lambda: api.list_projects(server, name_filter=NAME), lambda page: page["total"] == 1)
    step("resolve_project", lambda: api.resolve_project(server, name=NAME, version="1.0"), lambda it: it["uuid"] == uuid)
    step("get_project_versions", lambda: api.get_project_versions(server, name=NAME), lambda all: all["total"] == 1)
    step("find_vulnerability", lambda: api.find_vulnerability(server, vuln_id="GHSA-aaaa-bbbb-cccc"), lambda it: it)
    found = step("list_findings", lambda: api.list_findings(server, **one), lambda page: page["total"] == 1)
    if found:
        finding = found["items"][0]
        step(
            "set_analysis",
            lambda: api.set_analysis(server, **one, finding=finding, state="IN_TRIAGE", comment="looked at"),
            lambda decision: decision["state"] == "IN_TRIAGE",
        )
        where = {f"{of}_uuid": finding[of]["uuid"] for of in ("component", "vulnerability")}
        step(
            "get_analysis",
            lambda: api.get_analysis(server, **one, **where),
            lambda decision: decision["state"] == "IN_TRIAGE" and len(decision["comments"]) == 2,
        )
end()

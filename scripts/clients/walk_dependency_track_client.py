from dependencytrack_client import DependencyTrack
from steps import KEY, URL, end, step, upload

uuid = upload("python-new")
client = DependencyTrack(URL, KEY)
step("version", client.version, lambda version: version.startswith("4."))
step("list_projects", client.list_projects, lambda all: any(one["uuid"] == uuid for one in all))
step("project_lookup", lambda: client.project_lookup("python-new", "1.0"), lambda one: one["uuid"] == uuid)
step("get_project", lambda: client.get_project(uuid), lambda one: one["name"] == "python-new")
step("get_project_property", lambda: client.get_project_property(uuid), lambda all: all == [])
components = step("get_project_components", lambda: client.get_project_components(uuid), lambda all: len(all) == 2)
if components:
    one = components[0]["uuid"]
    step("get_component", lambda: client.get_component(one), lambda found: found["uuid"] == one)
step("get_project_violations", lambda: client.get_project_violations(uuid), lambda all: len(all) == 1)
# client.search asks for /search/{query}, which Dependency-Track itself has no more.
step("search_project", lambda: client.search_project("python-new"), lambda all: len(all) == 1)
step("search_vulnerability", lambda: client.search_vulnerability("GHSA-aaaa"), lambda all: len(all) == 1)
step("search_license", lambda: client.search_license("Apache-2.0"), lambda all: len(all) >= 1)
step("list_licenses", client.list_licenses, lambda all: len(all) > 500)
step("list_concise_licenses", client.list_concise_licenses, lambda all: len(all) > 500)
step("get_license", lambda: client.get_license("MIT"), lambda one: one["licenseId"] == "MIT")
client.close()
end()

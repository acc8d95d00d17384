from dependencytrack import DependencyTrack
from steps import KEY, URL, end, step, upload

uuid = upload("python-old")
client = DependencyTrack(URL, KEY)
step("list_projects", client.list_projects, lambda all: any(one["uuid"] == uuid for one in all))
step("get_project", lambda: client.get_project(uuid), lambda one: one["name"] == "python-old")
step("search_project", lambda: client.search_project("python-old"), lambda all: len(all) == 1)
step("get_project_property", lambda: client.get_project_property(uuid), lambda all: all == [])
step("search_vulnerability", lambda: client.search_vulnerability("GHSA-aaaa"), lambda all: len(all) == 1)
# client.search asks for /search/{query}, which Dependency-Track itself has no more.
step("list_licenses", client.list_licenses, lambda all: len(all) > 500)
step("search_license", lambda: client.search_license("Apache-2.0"), lambda all: len(all) >= 1)
step("get_license", lambda: client.get_license("MIT"), lambda one: one["licenseId"] == "MIT")
end()

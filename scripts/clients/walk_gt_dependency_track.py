from gt_dependency_track import DependencyTrack
from steps import BOM, KEY, URL, call, end, step, wait

NAME = "python-gt"
client = DependencyTrack(URL, KEY)
uuid = call("PUT", "project", {"name": NAME, "version": "1.0"})["uuid"]
step("upload_project_bom", lambda: client.upload_project_bom(uuid, BOM), lambda answer: wait(answer["token"]))
step("list_project_bom", lambda: client.list_project_bom(uuid), lambda bom: len(bom["components"]) == 2)
step("list_projects", client.list_projects, lambda all: any(one["uuid"] == uuid for one in all))
step("get_project_property", lambda: client.get_project_property(uuid), lambda all: all == [])
step("search_project", lambda: client.search_project(NAME), lambda all: len(all) == 1)
step("search_vulnerability", lambda: client.search_vulnerability("GHSA-aaaa"), lambda all: len(all) == 1)
step("list_licenses", client.list_licenses, lambda all: len(all) > 500)
step("get_license", lambda: client.get_license("MIT"), lambda one: one["licenseId"] == "MIT")
client.close()
end()

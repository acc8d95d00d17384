-- Which teams may see which projects, and what is below them, when access to the portfolio is controlled.
CREATE TABLE project_team (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL,
    PRIMARY KEY (project_id, team_id)
);

CREATE INDEX project_team_team ON project_team (team_id);

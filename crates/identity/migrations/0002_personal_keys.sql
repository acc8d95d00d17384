-- A key of a person in a company acts as that person, with at most the key's role.
ALTER TABLE api_key ADD COLUMN user_id BIGINT REFERENCES user_account (id) ON DELETE CASCADE;

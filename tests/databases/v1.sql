CREATE TABLE schema_version (
        version INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL
    ) STRICT;
CREATE TABLE runs (
        ticket TEXT NOT NULL PRIMARY KEY,
        visitor TEXT NOT NULL,
        is_staff INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        duration_class TEXT NOT NULL,
        credits INTEGER NOT NULL,
        expected_ms INTEGER NOT NULL,
        body_bytes INTEGER NOT NULL,
        admitted_ms INTEGER NOT NULL,
        go_ms INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        turn_failures INTEGER,
        turn_round INTEGER,
        turn_sequence INTEGER,
        dedup_names TEXT NOT NULL,
        is_announced INTEGER NOT NULL,
        is_deleted INTEGER NOT NULL,
        charged INTEGER,
        state TEXT NOT NULL,
        until_ms INTEGER,
        give_up_ms INTEGER,
        not_before_ms INTEGER,
        carrier TEXT,
        retry_ms INTEGER,
        slot_until_ms INTEGER,
        upstream_id TEXT,
        upstream_status TEXT,
        since_ms INTEGER,
        holds_slot INTEGER,
        polls INTEGER,
        next_poll_ms INTEGER,
        ended_ms INTEGER,
        expires_ms INTEGER,
        error_name TEXT,
        error_message TEXT,
        output TEXT,
        credits_used INTEGER,
        delete_at_ms INTEGER,
        webhook_url TEXT
    ) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_delete_at ON runs (delete_at_ms);
CREATE TABLE dedup (
        name TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        ticket TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE visitors (
        day INTEGER NOT NULL,
        visitor TEXT NOT NULL,
        committed INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        PRIMARY KEY (day, visitor)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE limiter (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        runs_window TEXT NOT NULL,
        statuses_window TEXT NOT NULL,
        run_backoff_until_ms INTEGER NOT NULL,
        run_backoff_times INTEGER NOT NULL,
        status_backoff_until_ms INTEGER NOT NULL,
        status_backoff_times INTEGER NOT NULL,
        reduced_slots INTEGER,
        reduced_until_ms INTEGER,
        reduced_hold_until_ms INTEGER,
        out_of_credits_until_ms INTEGER,
        breaker TEXT NOT NULL,
        charged INTEGER NOT NULL,
        balance_total INTEGER,
        balance_mark INTEGER,
        balance_asked_ms INTEGER NOT NULL,
        round INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        day INTEGER NOT NULL,
        durations TEXT NOT NULL,
        alerts TEXT NOT NULL
    ) STRICT;
CREATE TABLE figures (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        timed_out INTEGER NOT NULL,
        joined INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        wait_ms INTEGER NOT NULL,
        run_ms INTEGER NOT NULL,
        waits TEXT NOT NULL,
        durations TEXT NOT NULL,
        PRIMARY KEY (day, shop, model)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE failures (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        name TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, shop, model, name)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE brakes (
        shop TEXT NOT NULL PRIMARY KEY,
        is_paused INTEGER NOT NULL,
        day_credits INTEGER,
        month_credits INTEGER,
        pacing INTEGER NOT NULL,
        signed_in_share INTEGER NOT NULL,
        signed_in_only INTEGER NOT NULL,
        guest_day_tries INTEGER,
        signed_in_day_tries INTEGER
    ) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        by TEXT NOT NULL,
        shop TEXT NOT NULL,
        change TEXT NOT NULL
    ) STRICT;
CREATE TABLE products (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        product TEXT NOT NULL,
        impressions INTEGER NOT NULL,
        opens INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        results INTEGER NOT NULL,
        carts INTEGER NOT NULL,
        PRIMARY KEY (day, shop, product)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE orders (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        mark TEXT NOT NULL,
        currency TEXT NOT NULL,
        visitors INTEGER NOT NULL,
        orders INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        PRIMARY KEY (day, shop, mark, currency)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE orders_seen (
        name TEXT NOT NULL PRIMARY KEY,
        day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE INDEX orders_seen_by_day ON orders_seen (day);
CREATE TABLE outbox (
        id TEXT NOT NULL PRIMARY KEY,
        ticket TEXT,
        event TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        detail TEXT,
        tries INTEGER NOT NULL,
        next_ms INTEGER NOT NULL,
        outcome TEXT,
        url TEXT
    ) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_next ON outbox (next_ms);
CREATE TABLE dead_letters (
        id TEXT NOT NULL PRIMARY KEY,
        event TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        detail TEXT,
        tries INTEGER NOT NULL,
        outcome TEXT,
        dead_ms INTEGER NOT NULL,
        url TEXT
    ) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_dead ON dead_letters (dead_ms);
CREATE TABLE quarantine (
        at_ms INTEGER NOT NULL,
        table_name TEXT NOT NULL,
        key TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (at_ms, table_name, key)
    ) STRICT, WITHOUT ROWID;
INSERT INTO schema_version (version, at_ms) VALUES (1, 1763670000000);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsS5lpaWlpaWlpaAAo', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 10, '["name-00010-of-a-request"]', 1, 0, 0, 'time_out', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, NULL, NULL, NULL, NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsS81paWlpaWlpaAAU', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 5, '["name-00005-of-a-request"]', 1, 0, NULL, 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSAFpaWlpaWlpaAAA', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 0, '["name-00000-of-a-request"]', 1, 0, NULL, 'receiving', 1763670060000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSFFpaWlpaWlpaAAw', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 12, '["name-00012-of-a-request"]', 1, 0, 0, 'completed', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, NULL, NULL, '{"as_images":true,"items":[{"kept":{"media_type":"image/png","byte_len":1234567,"pieces":1}},"expired"]}', NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSIVpaWlpaWlpaAAc', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 7, '["name-00007-of-a-request"]', 1, 0, 0, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, 'PoseError', 'Failed to detect body pose.', NULL, NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSLlpaWlpaWlpaAAI', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 2, '["name-00002-of-a-request"]', 1, 0, NULL, 'sending', 1763670050000, NULL, NULL, 'worker', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsST1paWlpaWlpaAAk', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 9, '["name-00009-of-a-request"]', 1, 0, 0, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, 'PoseError', 'Failed to detect body pose.', NULL, NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSXFpaWlpaWlpaAAQ', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 4, '["name-00004-of-a-request"]', 1, 0, NULL, 'unknown', NULL, NULL, NULL, NULL, NULL, 1763670600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsS_FpaWlpaWlpaAGQ', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 1763670001000, 1, 0, NULL, NULL, NULL, '["name-00100-of-a-request"]', 1, 0, NULL, 'completed', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600100, NULL, NULL, '{"as_images":false,"items":[{"url":"https://cdn.fashn.ai/123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1/output_0.png"}]}', 1, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSfVpaWlpaWlpaAAs', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 11, '["name-00011-of-a-request"]', 1, 0, 0, 'time_out', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, 'PoseError', 'Failed to detect body pose.', NULL, NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSilpaWlpaWlpaAAY', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 6, '["name-00006-of-a-request"]', 1, 0, NULL, 'running', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', 'processing', 1763670001000, 1, 1, 1763670027000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSk1paWlpaWlpaAGU', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 1763670001000, 1, 0, NULL, NULL, NULL, '["name-00101-of-a-request"]', 1, 0, 1, 'completed', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600101, NULL, NULL, '{"as_images":false,"items":[{"url":"https://cdn.fashn.ai/123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1/output_0.png"}]}', 1, 1763673600101, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSl1paWlpaWlpaAAE', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 1, '["name-00001-of-a-request"]', 1, 0, NULL, 'queued', NULL, 1763671800000, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSuFpaWlpaWlpaAAg', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 8, '["name-00008-of-a-request"]', 1, 0, 0, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL, '123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', NULL, NULL, NULL, NULL, NULL, 1763670009000, 1763673600000, NULL, NULL, NULL, NULL, 1763673600000, NULL);
INSERT INTO runs (ticket, visitor, is_staff, shop, model, duration_class, credits, expected_ms, body_bytes, admitted_ms, go_ms, attempt, failures, turn_failures, turn_round, turn_sequence, dedup_names, is_announced, is_deleted, charged, state, until_ms, give_up_ms, not_before_ms, carrier, retry_ms, slot_until_ms, upstream_id, upstream_status, since_ms, holds_slot, polls, next_poll_ms, ended_ms, expires_ms, error_name, error_message, output, credits_used, delete_at_ms, webhook_url) VALUES ('aR938ACDrFsSxVpaWlpaWlpaAAM', 'dQw4w9WgXcQ2Zp0iUwq1Jd', 0, 'atelier', 'tryon-v1.6', 'tryon-v1.6/17', 1, 17000, 1048576, 1763670000000, 0, 0, 0, 0, 3, 3, '["name-00003-of-a-request"]', 1, 0, NULL, 'sending', 1763670050000, NULL, NULL, 'body', 1763670005000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO dedup (name, kind, fingerprint, ticket) VALUES ('name-00001-of-a-request', 'likeness', '4f7Zp0iUwq1Jd2rXkTtKcm8G3pHvYsNeQbLaxO5RiUg', 'aR938ACDrFsSl1paWlpaWlpaAAE');
INSERT INTO dedup (name, kind, fingerprint, ticket) VALUES ('name-00002-of-a-request', 'key', '4f7Zp0iUwq1Jd2rXkTtKcm8G3pHvYsNeQbLaxO5RiUg', 'aR938ACDrFsSLlpaWlpaWlpaAAI');
INSERT INTO visitors (day, visitor, committed, attempts) VALUES (20412, 'dQw4w9WgXcQ2Zp0iUwq1Jd', 2, 3);
INSERT INTO limiter (id, runs_window, statuses_window, run_backoff_until_ms, run_backoff_times, status_backoff_until_ms, status_backoff_times, reduced_slots, reduced_until_ms, reduced_hold_until_ms, out_of_credits_until_ms, breaker, charged, balance_total, balance_mark, balance_asked_ms, round, sequence, day, durations, alerts) VALUES (1, '[[1763669999100,1],[1763669999400,1],[1763669999700,1]]', '[[1763669999900,1]]', 1763670002000, 1, 0, 0, 3, 1763670030000, 1763670000000, 1763670060000, '{"half_open":{"probe":"aR938ACDrFsSxVpaWlpaWlpaAAM","until_ms":1763670030000,"times":2}}', 12345, 234, 12300, 1763669999000, 7, 1234, 20412, '{"tryon-v1.6/17":[8000,9000]}', '{"budget_day":0,"budget_percent":0,"is_balance_low":false,"webhooks_missed":0,"quarantined_until_ms":0}');
INSERT INTO figures (day, shop, model, completed, failed, timed_out, joined, credits, wait_ms, run_ms, waits, durations) VALUES (20412, 'atelier', 'tryon-v1.6', 10, 2, 1, 4, 11, 12000, 90000, '[8,0,2]', '[0,0,0,0,1,9]');
INSERT INTO failures (day, shop, model, name, count) VALUES (20412, 'atelier', 'tryon-v1.6', 'PoseError', 1);
INSERT INTO brakes (shop, is_paused, day_credits, month_credits, pacing, signed_in_share, signed_in_only, guest_day_tries, signed_in_day_tries) VALUES ('atelier', 0, 40, NULL, 1, 0, 0, NULL, NULL);
INSERT INTO audit (id, at_ms, by, shop, change) VALUES (1, 1763670000000, 'ana', 'atelier', 'pacing: false → true');
INSERT INTO products (day, shop, product, impressions, opens, tries, results, carts) VALUES (20412, 'atelier', '48211', 90, 30, 20, 18, 5);
INSERT INTO orders (day, shop, mark, currency, visitors, orders, lines, amount_minor) VALUES (20412, 'atelier', 'tried', 'EUR', 0, 4, 5, 39900);
INSERT INTO orders_seen (name, day) VALUES ('9f86d081884c7d659a2feaa0c55ad015', 20412);
INSERT INTO outbox (id, ticket, event, at_ms, detail, tries, next_ms, outcome, url) VALUES ('caaf1dd0d20df35deae208f25a2e6caf', 'aR938ACDrFsSl1paWlpaWlpaAAE', 'prediction.completed', 1763670000000, NULL, 1, 1763670000001, NULL, NULL);
INSERT INTO dead_letters (id, event, at_ms, detail, tries, outcome, dead_ms, url) VALUES ('164fc9ffb29c49862ff8db0658efb80f', 'prediction.failed', 1763568450000, NULL, 9, 'it was answered with 503', 1763670000000, NULL);

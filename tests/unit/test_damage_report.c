#include "cmd/damage_report.h"

#include "base/base64.h"
#include "damage_made.h"
#include "ledger_fill.h"

/* The delivery, its records, and what closes it. */
static void
fill(struct ledger_case *c, uint64_t from, uint64_t count, bool close)
{
	struct ledger *ledger = case_open(c, NULL);
	uint64_t delivery = case_delivery(ledger, from);
	struct buf text = {0};
	struct err err = {0};

	case_add_many(ledger, delivery, from, count);
	ledger_mark(ledger, delivery, count);
	buf_printf(&text, "{\"delivery\":%ju}", (uintmax_t)delivery);
	if (close && ledger_close_delivery(ledger, delivery, SLICE("contoso"),
	                 buf_slice(&text), &err))
		fail_msg("%s", err.msg);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	buf_release(&text);
}

struct report_case {
	struct ledger_case c;
	struct made m;
	struct buf root;
	char dir[300];
};

/* A ledger of MADE_SIZE records, and an assessment of all of them. */
static void
begin(struct report_case *rc)
{
	struct view *view;

	case_create(&rc->c);
	fill(&rc->c, 1, MADE_SIZE - 2, true);
	view = case_view(&rc->c);
	assert_int_equal(view_tree(view)->size, MADE_SIZE);
	rc->root = (struct buf){0};
	base64_add(&rc->root, view_tree(view)->root.bytes, SHA256_LEN);
	made(&rc->m, made_script);
	rc->m.damage.root = buf_slice(&rc->root);
	view_close(view);
}

static void
end(struct report_case *rc)
{
	buf_release(&rc->root);
	case_end(&rc->c);
}

static int
write_report(struct report_case *rc, const char *name, struct err *err)
{
	struct view *view = case_view(&rc->c);
	struct damage_report report = {.ledger = rc->c.dir,
	    .view = view,
	    .damage = &rc->m.damage,
	    .queries = SLICE("ip:203.0.113.7\nuser:anna@example.org\n")};
	int status;

	snprintf(rc->dir, sizeof(rc->dir), "%s/%s", rc->c.root, name);
	rc->m.damage.origin = view_origin(view);
	status = damage_report(rc->dir, &report, err);
	view_close(view);
	return status;
}

static void
must_write(struct report_case *rc, const char *name)
{
	struct err err = {0};

	if (write_report(rc, name, &err))
		fail_msg("%s", err.msg);
}

/* As long as nothing is added to the ledger, all of it; else all but signed/ */
static void
writes_the_same_bytes(void **state)
{
	static struct report_case rc;

	(void)state;
	begin(&rc);
	must_write(&rc, "one");
	must_write(&rc, "two");
	case_shell(&rc.c, "diff -r one two");
	case_shell(&rc.c, "test \"$(stat -c %a one)\" = 700");
	case_shell(&rc.c, "(cd one && sha256sum --quiet -c SHA256SUMS) && "
	                  "cd one/evidence/signed && "
	                  "sha256sum --quiet -c SHA256SUMS");
	case_shell(&rc.c, "test \"$(ls one)\" = \"$(printf '%s\\n' README.txt "
	                  "SHA256SUMS evidence items.csv report.html "
	                  "report.json)\"");
	fill(&rc.c, 5000, 300, false);
	must_write(&rc, "three");
	case_shell(&rc.c, "rm -r three/evidence/signed one/evidence/signed && "
	                  "diff -r one three");
	end(&rc);
}

static void
leaves_nothing_half_made(void **state)
{
	static struct report_case rc;
	struct err err = {0};

	(void)state;
	begin(&rc);
	must_write(&rc, "one");
	assert_int_equal(write_report(&rc, "one", &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.msg, "is there already"));
	/* A record that is not below the size. */
	rc.m.evidence[7] = MADE_SIZE;
	assert_int_equal(write_report(&rc, "two", &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	/* More than was signed for. */
	rc.m.damage.size = MADE_SIZE + 1;
	assert_int_equal(write_report(&rc, "two", &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	case_shell(&rc.c, "test \"$(ls -d one* two* 2>/dev/null)\" = one");
	end(&rc);
}

/* The delivery, what closed it, and all that the assessment names. */
static void
holds_the_records(void **state)
{
	static struct report_case rc;

	(void)state;
	begin(&rc);
	must_write(&rc, "one");
	case_shell(&rc.c,
	    "cd one/evidence && head -n 1 records.ndjson | "
	    "grep -q '^{\"index\":0,\"for\":\"delivery\"' && "
	    "tail -n 1 records.ndjson | "
	    "grep -q '^{\"index\":999,\"for\":\"delivered\"' && "
	    "grep -q '\"deliveries_not_closed\":0,' inputs.json && "
	    "grep -q '\"queries\":\\[\"ip:203.0.113.7\",' inputs.json");
	end(&rc);
}

/* What others check it with; every byte that is changed shows. */
static void
is_audited(void **state)
{
	static struct report_case rc;
	char command[1024];

	(void)state;
	if (system("command -v node >/dev/null")) { /* NOLINT(cert-env33-c) */
		print_message("no Node.js here: skipped\n");
		skip();
	}
	begin(&rc);
	fill(&rc.c, 5000, 300, false);
	must_write(&rc, "one");
	snprintf(command, sizeof(command),
	    "node tests/e2e/bundle_flips.mjs '%s' "
	    "\"$(cat '%s/evidence/signed/keys.pub')\"",
	    rc.dir, rc.dir);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	end(&rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_the_same_bytes),
	    cmocka_unit_test(leaves_nothing_half_made),
	    cmocka_unit_test(holds_the_records),
	    cmocka_unit_test(is_audited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What the ledger shows of what a tenant lacks.
 *
 * Which logs come: of each kind when the last of its records happened.  What
 * only PowerShell shows: exports, recognised by their columns, as damage does
 * (incident/state.h); of what is said of all mailboxes the newest export
 * counts, and none counts for ever.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "cmd/check_ask.h"
#include "cmd/check_m365.h"
#include "incident/state.h"
#include "pipeline_reread.h"

#define DAY_US      (INT64_C(86400) * 1000000)
#define LOG_US      (7 * DAY_US)  /* a log that is not heard of so long */
#define EXPORT_US   (30 * DAY_US) /* an export that is too old to count */
#define NAMES_SHOWN 3

struct looking {
	const char *dir;
	int64_t now_us;
	struct check_answers *answers;
};

static void
add(struct looking *looking, struct check_answer answer)
{
	answer.source = "ledger";
	if (answer.state == CHECK_GOOD)
		answer.todo = NULL;
	check_add(looking->answers, &answer);
}

static void
say_day(char *out, size_t size, const char *words, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	(void)snprintf(
	    out, size, "%s%.10s", words, time_format(time_us, room).ptr);
}

/* --- which logs come --- */

static const struct {
	const char *name, *blind, *todo;
	enum event_kind kind;
	bool rare; /* there may be none although it is logged */
} logs[] = {
    {"SignInLogs", "who signed in, from where, by what",
        "send SignInLogs to the Event Hub (diagnostic settings of Entra ID), "
        "or collect it by a source of kind graph",
        KIND_SIGNIN, false},
    {"NonInteractiveUserSignInLogs",
        "sessions and refresh tokens that someone else goes on using",
        "send NonInteractiveUserSignInLogs to the Event Hub, or collect it by "
        "a source of kind graph",
        KIND_SIGNIN_NONINTERACTIVE, false},
    {"ServicePrincipalSignInLogs",
        "apps that sign in with a credential that was stolen or added",
        "send ServicePrincipalSignInLogs to the Event Hub, or collect it by a "
        "source of kind graph",
        KIND_SIGNIN_SP, false},
    {"ManagedIdentitySignInLogs",
        "what signs in from the tenant's own machines",
        "if there are managed identities, send ManagedIdentitySignInLogs to "
        "the Event Hub",
        KIND_SIGNIN_MI, true},
    {"AuditLogs", "changes of apps, credentials, roles and consents",
        "send AuditLogs to the Event Hub, or collect it by a source of kind "
        "graph",
        KIND_ENTRA_AUDIT, false},
    {"UserRiskEvents", "what Microsoft itself suspects",
        "with a licence for it, send UserRiskEvents to the Event Hub",
        KIND_ENTRA_RISK, true},
    {"MicrosoftGraphActivityLogs",
        "what apps asked Graph for, and so what they read",
        "send MicrosoftGraphActivityLogs to the Event Hub: nothing else has "
        "it",
        KIND_GRAPH_ACTIVITY, false},
};

#define LOGS (sizeof(logs) / sizeof(logs[0]))

static void
say_log(struct looking *looking, size_t i, int64_t last_us)
{
	char what[48], why[96];
	struct check_answer answer = {.what = what,
	    .why = why,
	    .kind = logs[i].kind,
	    .blind = logs[i].blind,
	    .todo = logs[i].todo,
	    .state = CHECK_GOOD};

	(void)snprintf(what, sizeof(what), "log %s", logs[i].name);
	if (last_us == EVENT_NO_TIME) {
		answer.state = logs[i].rare ? CHECK_UNKNOWN : CHECK_MISSING;
		(void)snprintf(
		    why, sizeof(why), "no record of it in the last 7 days");
	} else {
		say_day(why, sizeof(why), "the last record is of ", last_us);
	}
	add(looking, answer);
}

static int
look_at_logs(struct looking *looking, struct err *err)
{
	int64_t last_us[LOGS];
	struct buf rows = {0};
	struct slice rest, row;
	char sql[160];
	int status;

	for (size_t i = 0; i < LOGS; i++)
		last_us[i] = EVENT_NO_TIME;
	(void)snprintf(sql, sizeof(sql),
	    "SELECT kind, max(epoch_us(time)) FROM records WHERE time >= "
	    "make_timestamp(%" PRId64 ") GROUP BY kind",
	    looking->now_us - LOG_US);
	status = check_ask(looking->dir, sql, &rows, &rest, err);
	while (!status && rest.len) {
		struct slice kind;
		uint64_t us;

		row = slice_cut(&rest, '\n');
		kind = slice_cut(&row, ',');
		if (!slice_to_u64(slice_trim_json(row), &us))
			continue;
		for (size_t i = 0; i < LOGS; i++)
			if (slice_eq(kind,
			        slice_cstr(event_kind_name(logs[i].kind))))
				last_us[i] = (int64_t)us;
	}
	for (size_t i = 0; !status && i < LOGS; i++)
		say_log(looking, i, last_us[i]);
	buf_release(&rows);
	return status;
}

/* --- exports --- */

/* What an export says of mailboxes, in its rows. */
struct listed {
	uint64_t delivery; /* of the export */
	int64_t read_us;   /* EVENT_NO_TIME: there is none */
	size_t rows, bad;
	struct buf names; /* of the first bad ones */
};

enum { CMDLETS = 9 };

static const char *const cmdlets[CMDLETS] = {
    "Get-TransportRule",
    "Get-JournalRule",
    "Get-InboundConnector",
    "Get-OutboundConnector",
    "Get-InboxRule",
    "Get-Mailbox",
    "Get-MailboxPermission",
    "Get-MailboxFolderPermission",
    "Get-RecipientPermission",
};

struct exports {
	struct listed log, audited, logged, bypassed;
	int64_t read_us[CMDLETS];
};

/* CSV has "True", JSON has true. */
static bool
is_true(struct json value)
{
	struct slice text = json_str(value);

	return json_is_true(value) ||
	       (text.len == 4 && !strncasecmp(text.ptr, "true", 4));
}

/* CSV has "{Update, MailItemsAccessed}", JSON a list. */
static bool
has_word(struct json value, struct slice word)
{
	struct json_iter it = json_iter(value);
	struct slice text = json_str(value);
	struct json one;

	while (json_next(&it, NULL, &one))
		if (slice_eq(json_str(one), word))
			return true;
	return text.len >= word.len &&
	       memmem(text.ptr, text.len, word.ptr, word.len) != NULL;
}

static void
list(struct listed *listed, const struct reread_record *record, bool bad,
    struct slice name)
{
	if (listed->read_us == EVENT_NO_TIME ||
	    listed->delivery != record->delivery) {
		listed->rows = listed->bad = 0;
		buf_clear(&listed->names);
	}
	listed->delivery = record->delivery;
	listed->read_us = record->received_us;
	listed->rows++;
	if (bad && listed->bad++ < NAMES_SHOWN) {
		buf_str(&listed->names, listed->bad > 1 ? ", " : "");
		buf_slice_add(&listed->names, name);
	}
}

/* Whether owners, delegates and administrators leave a trace of reading. */
static bool
logs_reading(struct json root)
{
	static const struct {
		const char *set, *who;
	} sets[] = {{"AuditOwner", "Owner"}, {"AuditDelegate", "Delegate"},
	    {"AuditAdmin", "Admin"}};
	struct json preset = JSON_GET(root, "DefaultAuditSet");

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct json set = json_get(root, slice_cstr(sets[i].set));

		if (!has_word(set, SLICE("MailItemsAccessed")) &&
		    !has_word(preset, slice_cstr(sets[i].who)))
			return false;
	}
	return true;
}

static void
take(struct exports *exports, const struct reread_record *record)
{
	struct json root = record->record.root;
	struct slice cmdlet = state_export_of(root, SLICE(""));
	struct slice name = json_str(JSON_GET(root, "Identity"));
	struct json log = JSON_GET(root, "UnifiedAuditLogIngestionEnabled");
	struct json audited = JSON_GET(root, "AuditEnabled");
	struct json bypassed = JSON_GET(root, "AuditBypassEnabled");

	for (size_t i = 0; i < CMDLETS; i++)
		if (slice_eq(cmdlet, slice_cstr(cmdlets[i])))
			exports->read_us[i] = record->received_us;
	if (json_present(log))
		list(&exports->log, record, !is_true(log), name);
	if (json_present(bypassed))
		list(&exports->bypassed, record, is_true(bypassed), name);
	if (json_present(audited))
		list(&exports->audited, record, !is_true(audited), name);
	if (json_present(audited) && json_present(JSON_GET(root, "AuditOwner")))
		list(&exports->logged, record, !logs_reading(root), name);
}

/* --- what they say --- */

static void
say_listed(struct looking *looking, const struct listed *listed,
    struct check_answer answer, const char *bad)
{
	char why[512];

	answer.why = why;
	if (listed->read_us == EVENT_NO_TIME) {
		answer.state = CHECK_UNKNOWN;
		answer.why = NULL;
	} else if (looking->now_us - listed->read_us > EXPORT_US) {
		answer.state = CHECK_UNKNOWN;
		say_day(why, sizeof(why), "older than 30 days: the export of ",
		    listed->read_us);
	} else if (listed->bad) {
		answer.state = CHECK_MISSING;
		(void)snprintf(why, sizeof(why), "%s: %.*s%s (%zu of %zu)", bad,
		    (int)(listed->names.len < 300 ? listed->names.len : 300),
		    listed->names.ptr ? listed->names.ptr : "",
		    listed->bad > NAMES_SHOWN ? ", ..." : "", listed->bad,
		    listed->rows);
	} else {
		say_day(why, sizeof(why), "as exported on ", listed->read_us);
	}
	add(looking, answer);
}

/* Good if there is an export of each that is not too old. */
static void
say_exported(struct looking *looking, const struct exports *exports,
    size_t first, size_t end, struct check_answer answer)
{
	struct buf why = {0};

	for (size_t i = first; i < end; i++) {
		int64_t read_us = exports->read_us[i];

		if (read_us != EVENT_NO_TIME &&
		    looking->now_us - read_us <= EXPORT_US)
			continue;
		buf_str(&why, why.len ? ", " : "no export in 30 days: ");
		buf_str(&why, cmdlets[i]);
	}
	answer.state = why.len ? CHECK_UNKNOWN : CHECK_GOOD;
	buf_char(&why, '\0');
	answer.why = why.ptr;
	add(looking, answer);
	buf_release(&why);
}

static void
say_exports(struct looking *looking, const struct exports *exports)
{
	static const char reading[] = "which messages were read, and by whom";

	say_listed(looking, &exports->log,
	    (struct check_answer){
	        .what = (char[]){"the unified audit log is on"},
	        .blind = "what was done in mail, files and chats",
	        .kind = KIND_O365_AUDIT,
	        .todo = "export Get-AdminAuditLogConfig; switch it on by "
	                "Set-AdminAuditLogConfig"},
	    "it is off");
	say_listed(looking, &exports->audited,
	    (struct check_answer){.what = (char[]){"mailboxes are audited"},
	        .blind = reading,
	        .todo =
	            "export Get-Mailbox (Identity, AuditEnabled, AuditOwner, "
	            "AuditDelegate, AuditAdmin, DefaultAuditSet); switch it "
	            "on by Set-Mailbox -AuditEnabled"},
	    "not audited");
	say_listed(looking, &exports->logged,
	    (struct check_answer){
	        .what = (char[]){"mailboxes log which mail is read"},
	        .blind = reading,
	        .todo =
	            "export Get-Mailbox, as above; add MailItemsAccessed for "
	            "owner, delegate and administrator, or Set-Mailbox "
	            "-DefaultAuditSet"},
	    "MailItemsAccessed is not among the actions of");
	say_listed(looking, &exports->bypassed,
	    (struct check_answer){
	        .what = (char[]){"nobody bypasses mailbox audit"},
	        .blind = reading,
	        .todo = "export Get-MailboxAuditBypassAssociation; end it by "
	                "Set-MailboxAuditBypassAssociation"},
	    "nothing is logged of");
	say_exported(looking, exports, 0, 4,
	    (struct check_answer){
	        .what = (char[]){"transport and journal rules, connectors"},
	        .blind = "ways back: mail that is copied away",
	        .todo = "export each into a source of kind file"});
	say_exported(looking, exports, 4, CMDLETS,
	    (struct check_answer){.what = (char[]){"inbox rules, forwarding, "
	                                           "mailbox permissions"},
	        .blind = "ways back: mail that is forwarded or read by others",
	        .todo =
	            "export each (Get-InboxRule with -IncludeHidden) into a "
	            "source of kind file"});
}

static int
read_exports(struct looking *looking, struct slice rows, struct err *err)
{
	struct exports exports = {.log.read_us = EVENT_NO_TIME,
	    .audited.read_us = EVENT_NO_TIME,
	    .logged.read_us = EVENT_NO_TIME,
	    .bypassed.read_us = EVENT_NO_TIME};
	struct reread_record record;
	struct reread *reread;
	struct view *view;
	uint64_t index;
	int status = 0;

	for (size_t i = 0; i < CMDLETS; i++)
		exports.read_us[i] = EVENT_NO_TIME;
	if (view_open(&view, looking->dir, err))
		return -1;
	reread = reread_new(view, NULL);
	while (!status && rows.len) {
		if (!slice_to_u64(
		        slice_trim_json(slice_cut(&rows, '\n')), &index))
			continue;
		status = reread_record(reread, index, &record, err);
		if (!status && record.readable)
			take(&exports, &record);
	}
	if (!status)
		say_exports(looking, &exports);
	buf_release(&exports.log.names);
	buf_release(&exports.audited.names);
	buf_release(&exports.logged.names);
	buf_release(&exports.bypassed.names);
	reread_free(reread);
	view_close(view);
	return status;
}

/* Records that no reader knows are few: exports are among them. */
static int
look_at_exports(struct looking *looking, struct err *err)
{
	struct buf rows = {0};
	struct slice rest;
	char sql[192];
	int status;

	(void)snprintf(sql, sizeof(sql),
	    "SELECT index FROM records WHERE kind = 'unknown' AND source NOT "
	    "LIKE 'firn/%%' AND received >= make_timestamp(%" PRId64
	    ") ORDER BY index",
	    looking->now_us - 2 * EXPORT_US);
	status = check_ask(looking->dir, sql, &rows, &rest, err);
	if (!status)
		status = read_exports(looking, rest, err);
	buf_release(&rows);
	return status;
}

int
check_ledger(const char *dir, int64_t now_us, struct check_answers *answers,
    struct err *err)
{
	struct looking looking = {
	    .dir = dir, .now_us = now_us, .answers = answers};

	if (look_at_logs(&looking, err))
		return -1;
	return look_at_exports(&looking, err);
}

/*
 * Sign-ins use what they come in by; requests to Graph may subscribe.
 */
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/change_part.h"

static void
uses(struct changes *changes, enum way way, struct slice object)
{
	const struct slice *col = changes->event->col;

	change_add(changes, &(struct way_change){.way = way,
	                        .verb = WAY_USES,
	                        .object = object,
	                        .holder = col[EV_ACTOR_ID],
	                        .holder_name = col[EV_ACTOR_NAME]});
}

static void
app(struct changes *changes)
{
	struct json body = read_body(changes->record);
	const struct slice *col = changes->event->col;

	uses(changes, WAY_APP_CREDENTIAL,
	    read_text(changes->record, body,
	        "servicePrincipalCredentialKeyId|"
	        "ServicePrincipalCredentialKeyId|Service principal credential "
	        "key ID"));
	uses(changes, WAY_APP, col[EV_ACTOR_ID]);
}

/* Which of the first factors it was, where the record lists them. */
static bool
by_pass(struct changes *changes)
{
	const struct record *record = changes->record;
	struct json_iter it = json_iter(
	    read_part(record, "authenticationDetails|AuthenticationDetails"));
	struct json step;

	while (json_next(&it, NULL, &step))
		if (change_has(read_text(record, step,
		                   "authenticationMethod|AuthenticationMethod"),
		        "temporary access pass"))
			return true;
	return false;
}

static void
person(struct changes *changes)
{
	const struct record *record = changes->record;
	const struct slice *col = changes->event->col;
	struct slice who = col[EV_ACTOR_ID];
	struct slice token = read_text(
	    record, read_body(record), "incomingTokenType|IncomingTokenType");
	bool silent = changes->event->kind == KIND_SIGNIN_NONINTERACTIVE;
	bool refreshed = change_has(token, "refreshToken");

	uses(changes, WAY_ACCOUNT, who);
	if (slice_eq(col[EV_ACTOR_TYPE], SLICE("guest")))
		uses(changes, WAY_GUEST, who);
	if (silent || refreshed)
		uses(changes, WAY_REFRESH_TOKEN, who);
	else
		uses(changes,
		    by_pass(changes) ? WAY_TEMPORARY_PASS : WAY_PASSWORD, who);
	if (col[EV_SESSION].len)
		uses(changes, WAY_SESSION, who);
	uses(changes, WAY_DEVICE, col[EV_DEVICE]);
}

void
change_signin(struct changes *changes)
{
	if (changes->event->outcome != OUTCOME_SUCCESS)
		return;
	if (changes->event->kind == KIND_SIGNIN_SP ||
	    changes->event->kind == KIND_SIGNIN_MI)
		app(changes);
	else
		person(changes);
}

/* Who subscribes is told in the answer only, so all of an app's are one. */
void
change_graph(struct changes *changes)
{
	const struct slice *col = changes->event->col;
	struct slice operation = col[EV_OPERATION];
	struct slice who = col[EV_ACTOR_ID];
	bool made = change_begins(operation, "POST ") &&
	            change_has(operation, "/subscriptions");
	bool gone = change_begins(operation, "DELETE ") &&
	            change_has(operation, "/subscriptions/");

	if (!made && !gone)
		return;
	change_add(
	    changes, &(struct way_change){.way = WAY_SUBSCRIPTION,
	                 .verb = made ? WAY_OPENS : WAY_CLOSES,
	                 .object = change_join(changes, col[EV_APP_ID], who),
	                 .name = col[EV_APP_NAME],
	                 .holder = col[EV_APP_ID],
	                 .holder_name = col[EV_ACTOR_NAME]});
}

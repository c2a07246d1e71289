#include <stdio.h>

#include "record.h"

static const char *const teams[] = {"Finance", "Sales Nordics",
    "Project Aurora", "Platform", "People and Culture", "Operations",
    "Marketing", "Customer Portal", "All Company"};

static void
begin(struct gen *gen, const struct who *who)
{
	gen_begin(gen);
	gen_who(gen, who);
	gen_set(gen, F_UKEY, who->person->oid);
}

static void
set_thread(struct gen *gen, bool chat)
{
	char hex[33];

	text_hex(hex, 16, rng_next(&gen->rng));
	text_hex(hex + 16, 16, rng_next(&gen->rng));
	gen_setf(gen, F_THREAD, "19:%s@thread.%s", hex,
	    chat ? "v2" : "tacv2");
	gen_set(gen, F_TYPENAME,
	    !chat                          ? "Channel"
	    : rng_percent(&gen->rng, 70) ? "OneOnOne"
					 : "GroupChat");
}

static void
set_members(struct gen *gen, unsigned n)
{
	struct buf *out = &gen->out; /* free until gen_emit() */
	struct person p;

	buf_clear(out);
	for (unsigned i = 0; i < n; i++) {
		person_load(&p, gen->org,
		    rng_below(&gen->rng, gen->org->people));
		buf_printf(out,
		    "%s{\"DisplayName\":\"%s\",\"Role\":0,\"UPN\":\"%s\"}",
		    i > 0 ? "," : "", p.name, p.upn);
	}
	gen_set_copy(gen, F_PARTS, buf_slice(out));
}

void
teams_message(struct gen *gen, const struct who *who)
{
	begin(gen, who);
	set_thread(gen, rng_percent(&gen->rng, 75));
	/* the id of a message is its time in milliseconds */
	gen_setf(gen, F_P1, "%lld",
	    (long long)(gen->now_us / 1000 + rng_below(&gen->rng, 1000)));
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 12, 900));
	gen_emit(gen, SHAPE_MESSAGE_SENT);
}

void
teams_session(struct gen *gen, const struct who *who)
{
	begin(gen, who);
	gen_emit(gen, SHAPE_TEAMS_SESSION);
}

void
teams_chat(struct gen *gen, const struct who *who)
{
	begin(gen, who);
	set_thread(gen, true);
	set_members(gen, rng_range(&gen->rng, 2, 5));
	gen_emit(gen, SHAPE_CHAT_CREATED);
}

void
teams_member(struct gen *gen, const struct who *who)
{
	begin(gen, who);
	set_thread(gen, false);
	set_members(gen, 1);
	gen_set_guid(gen, F_GROUP);
	gen_set(gen, F_TEAM, RNG_PICK(&gen->rng, teams));
	gen_emit(gen, SHAPE_MEMBER_ADDED);
}

void
teams_meeting(struct gen *gen, const struct who *who)
{
	char joined[20];

	begin(gen, who);
	text_time(joined, gen->now_us - INT64_C(1000000) *
				 rng_range(&gen->rng, 600, 5400));
	gen_setf(gen, F_P1, "%sZ", joined);
	gen_set(gen, F_P2, rng_percent(&gen->rng, 60) ? "True" : "False");
	gen_emit(gen, SHAPE_MEETING);
}

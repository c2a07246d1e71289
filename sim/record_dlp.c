#include "record.h"

/* The organisation's policies, each about one type of the suite's own. */
static const struct {
	const char *policy, *rule, *type, *type_id;
} policies[] = {
    {"Payment data", "Card numbers leave the organisation",
        "Credit Card Number", "50842eb7-edc8-4019-85dd-5a5c1f2bb085"},
    {"Bank accounts", "Account numbers leave the organisation",
        "International Banking Account Number (IBAN)",
        "e7dc4711-11b7-4cb0-b88b-2c394a771f0e"},
    {"Personal data", "Social security numbers are shared",
        "U.S. Social Security Number (SSN)",
        "a44669fe-0d48-453d-a9b1-2cc83f2cba77"},
};

#define POLICIES (sizeof(policies) / sizeof(policies[0]))

static void
set_own_id(struct gen *gen, enum field field, uint64_t which)
{
	char id[GUID_TEXT_MAX];

	text_guid_of(id, gen->org->seed, which);
	gen_setf(gen, field, "%s", id);
}

/* What the policy says of what was found, and where in it. */
static void
set_policy(struct gen *gen, const char *where)
{
	uint32_t n = rng_below(&gen->rng, POLICIES);
	uint32_t count = rng_percent(&gen->rng, 80)
	                     ? rng_range(&gen->rng, 1, 9)
	                     : rng_range(&gen->rng, 10, 400);

	set_own_id(gen, F_P1, 0x646c7000 + n);
	gen_set(gen, F_P2, policies[n].policy);
	set_own_id(gen, F_P3, 0x646c7100 + n);
	gen_set(gen, F_P4, policies[n].rule);
	gen_set(gen, F_P5, policies[n].type_id);
	gen_set(gen, F_P6, policies[n].type);
	gen_set_guid(gen, F_P7);
	gen_set(gen, F_TARGET, where);
	gen_setf(gen, F_COUNT, "%u", count);
	gen_set(gen, F_CODE, rng_percent(&gen->rng, 70) ? "85" : "75");
	gen_set(gen, F_SEV, count < 10 ? "Low" : "High");
	gen_set(gen, F_PARAMS,
	    count < 10 ? "\"NotifyUser\""
	               : "\"BlockAccess\",\"NotifyUser\",\"GenerateAlert\"");
}

/*
 * The record that goes before this one is told of again, under another id: its
 * message or file is the one in which something was found.
 */
static void
follow(struct gen *gen)
{
	gen_set_guid(gen, F_ID);
	gen_set(gen, F_UTYPE, "4");
	gen_set(gen, F_CIP, "");
}

static void
match_mail(struct gen *gen, const struct who *who)
{
	static const char *const to[] = {"orders@supplier.example",
	    "bookkeeping@partner.example", "travel@agency.example",
	    "desk@insurer.example"};

	mail_send(gen, who, NULL);
	follow(gen);
	set_policy(
	    gen, rng_percent(&gen->rng, 60) ? "Message Body" : "Attachment");
	gen->v[F_OBJECT] = gen->v[F_MSGID];
	gen_set(gen, F_WORKLOAD, "Exchange");
	gen_set(gen, F_TUPN, RNG_PICK(&gen->rng, to));
	gen_emit(gen, SHAPE_DLP_MAIL);
}

static void
match_file(struct gen *gen, const struct who *who)
{
	struct file file = file_pick(gen);

	file_deed(gen, who, FILE_SHARE, &file);
	follow(gen);
	set_policy(gen, "Document Content");
	gen_emit(gen, SHAPE_DLP_FILE);
}

/* Which type of destination the suite numbers how. */
static const struct {
	const char *operation, *destination, *domain, *app;
} ways_out[] = {
    {"FileCopiedToRemovableMedia", "2", "", "explorer.exe"},
    {"FileUploadedToCloud", "4", "files.share.example", "msedge.exe"},
    {"FilePrinted", "7", "", "winword.exe"},
};

static void
match_device(struct gen *gen, const struct who *who)
{
	static const char *const names[] = {
	    "Customers", "Payroll", "Offers", "Export"};
	static const char *const exts[] = {"xlsx", "docx", "csv", "pdf"};
	uint32_t way =
	    rng_below(&gen->rng, sizeof(ways_out) / sizeof(ways_out[0]));
	const char *ext = RNG_PICK(&gen->rng, exts);
	char id[41];

	gen_begin(gen);
	gen_who(gen, who);
	set_policy(gen, "Document Content");
	gen_set(gen, F_WORKLOAD, "Endpoint");
	gen_setf(gen, F_CIP, "\"ClientIP\":\"%s\",", who->ip);
	gen_setf(gen, F_OBJECT, "C:\\Users\\%s\\Documents\\%s %u.%s",
	    who->person->local, RNG_PICK(&gen->rng, names),
	    rng_range(&gen->rng, 1, 60), ext);
	gen_set(gen, F_EXT, ext);
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 9000, 4000000));
	gen_set(gen, F_DETAIL, ways_out[way].operation);
	gen_set(gen, F_TYPENAME, ways_out[way].destination);
	gen_set(gen, F_URI, ways_out[way].domain);
	gen_set(gen, F_APPNAME, ways_out[way].app);
	for (uint64_t i = 0; i < 40; i += 8)
		text_hex(id + i, 8, rng_mix(who->person->seed, i) >> 32);
	gen_setf(gen, F_DATA, "%s", id);
	gen_emit(gen, SHAPE_DLP_DEVICE);
}

void
dlp_match(struct gen *gen, const struct who *who)
{
	bool windows = browsers[who->browser].os[0] == 'W';
	uint32_t kind = rng_below(&gen->rng, windows ? 3 : 2);

	if (kind == 0)
		match_mail(gen, who);
	else if (kind == 1)
		match_file(gen, who);
	else
		match_device(gen, who);
}

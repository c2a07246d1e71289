#include <stdio.h>

#include "record.h"

static const char *const sites[] = {"Finance", "SalesNordics", "ProjectAurora",
    "Engineering", "PeopleAndCulture", "LegalArchive", "Operations",
    "Marketing", "Intranet", "CustomerPortal", "WarehouseEast", "Board"};

static const struct {
	const char *stem, *ext;
} names[] = {
    {"Budget", "xlsx"},
    {"Forecast", "xlsx"},
    {"Minutes", "docx"},
    {"Contract", "docx"},
    {"Offer", "docx"},
    {"Roadmap", "pptx"},
    {"Customer list", "xlsx"},
    {"Salary review", "xlsx"},
    {"Design", "pdf"},
    {"Test report", "docx"},
    {"Supplier audit", "pdf"},
    {"Photo", "jpg"},
    {"Architecture", "vsdx"},
    {"Onboarding", "pptx"},
    {"Invoice", "pdf"},
    {"Shift plan", "xlsx"},
    {"Press release", "docx"},
    {"Notes", "one"},
};

#define SITES         (sizeof(sites) / sizeof(sites[0]))
#define NAMES         (sizeof(names) / sizeof(names[0]))

#define OFFICE_SERVER "MSWAC"
#define SYNC_CLIENT                                                            \
	"Microsoft SkyDriveSync 25.174.0907.0003 ship; Windows NT 10.0 "       \
	"(26100)"

struct file
file_pick(struct gen *gen)
{
	return (struct file){
	    .personal = rng_percent(&gen->rng, 45),
	    .site = rng_below(&gen->rng, SITES),
	    /* some files are opened far more often than others */
	    .number =
	        rng_below(&gen->rng, rng_percent(&gen->rng, 60) ? 40 : 900),
	};
}

static void
guid_of(struct gen *gen, enum field field, uint64_t a, uint64_t b)
{
	char *out = arena_alloc(&gen->text, GUID_TEXT_MAX);

	text_guid_of(out, a, b);
	gen->v[field] = slice_of(out, GUID_TEXT_MAX - 1);
}

/* The site, its lists and pages have ids of their own for good. */
static void
set_site(struct gen *gen, const struct who *who, bool personal, uint32_t site)
{
	const struct org *org = gen->org;
	uint64_t seed =
	    personal ? who->person->seed : rng_mix(org->seed, 0x7369 + site);

	guid_of(gen, F_SITE, seed, 11);
	guid_of(gen, F_LIST, seed, 12);
	guid_of(gen, F_WEB, seed, 13);
	if (personal) {
		gen_set(gen, F_WORKLOAD, "OneDrive");
		gen_setf(gen, F_SITEURL,
		    "https://%s-my.sharepoint.com/personal/%s", org->name,
		    who->person->folder);
		gen_set(gen, F_RELURL, "Documents");
	} else {
		gen_set(gen, F_WORKLOAD, "SharePoint");
		gen_setf(gen, F_SITEURL, "https://%s.sharepoint.com/sites/%s",
		    org->name, sites[site % SITES]);
		gen_set(gen, F_RELURL, "Shared Documents");
	}
}

static void
begin(struct gen *gen, const struct who *who, bool personal, uint32_t site)
{
	gen_begin(gen);
	gen_who(gen, who);
	set_site(gen, who, personal, site);
	gen_set(gen, F_APP, "d3590ed6-52b3-4102-aeff-aad2292ab01c");
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 9000, 4000000));
}

static void
set_file(struct gen *gen, const struct file *file)
{
	uint32_t which = file->number * 7 + file->site;
	const char *ext = names[which % NAMES].ext;

	gen_setf(gen, F_FILE, "%s %u.%s", names[which % NAMES].stem,
	    2024 + file->number % 977, ext);
	gen_set(gen, F_EXT, ext);
	guid_of(gen, F_ITEM, rng_mix(gen->org->seed, which), file->number);
	gen_setf(gen, F_OBJECT, SLICE_FMT "/" SLICE_FMT "/" SLICE_FMT,
	    SLICE_ARG(gen->v[F_SITEURL]), SLICE_ARG(gen->v[F_RELURL]),
	    SLICE_ARG(gen->v[F_FILE]));
}

static void
set_sharing(struct gen *gen, bool anonymous)
{
	char *id = arena_alloc(&gen->text, 65);

	for (int i = 0; i < 64; i += 16)
		text_hex(id + i, 16, rng_next(&gen->rng));
	if (anonymous) {
		gen_set(
		    gen, F_DATA, rng_percent(&gen->rng, 70) ? "View" : "Edit");
		return;
	}
	gen_set(gen, F_DATA, "System.LimitedEdit");
	gen_set(gen, F_TYPENAME, "SecurityGroup");
	gen_set(gen, F_TARGET, id);
}

void
file_deed(struct gen *gen, const struct who *who, enum file_deed deed,
    const struct file *file)
{
	static const enum shape deeds[] = {
	    [FILE_ACCESS] = SHAPE_FILE_ACCESSED,
	    [FILE_MODIFY] = SHAPE_FILE_MODIFIED,
	    [FILE_DOWNLOAD] = SHAPE_FILE_DOWNLOADED,
	    [FILE_UPLOAD] = SHAPE_FILE_UPLOADED,
	    [FILE_PREVIEW] = SHAPE_FILE_PREVIEWED,
	    [FILE_SYNC] = SHAPE_FILE_SYNCED,
	    [FILE_SHARE] = SHAPE_SHARING_SET,
	    [FILE_LINK] = SHAPE_ANONYMOUS_LINK,
	};
	char ip[16];

	begin(gen, who, file->personal, file->site);
	set_file(gen, file);
	if (deed == FILE_MODIFY || deed == FILE_PREVIEW) {
		/* edits and previews come from the suite's own servers */
		net_address(ip, NET_SERVICE_EU, rng_next(&gen->rng));
		gen_setf(gen, F_IP, "%s", ip);
		gen_set(gen, F_UA, OFFICE_SERVER);
	} else if (deed == FILE_SYNC) {
		gen_set(gen, F_UA, SYNC_CLIENT);
		gen_set(gen, F_APP, "ab9b8c07-8f02-4f72-87fa-80105867a763");
	} else if (deed == FILE_SHARE || deed == FILE_LINK) {
		set_sharing(gen, deed == FILE_LINK);
	}
	gen_set_guid_of(gen, F_P2, gen->v[F_OBJECT]);
	gen_fact(gen, "file", gen->v[F_OBJECT]);
	gen_fact(gen, "site", gen->v[F_SITEURL]);
	if (deed == FILE_LINK)
		gen_way(gen, "sharing-link", gen->v[F_OBJECT], SLICE(""));
	gen_emit(gen, deeds[deed]);
}

void
file_unlink(struct gen *gen, const struct who *who, const char *url,
    const struct file *file)
{
	begin(gen, who, file->personal, file->site);
	set_file(gen, file);
	set_sharing(gen, true);
	gen_set(gen, F_OBJECT, url);
	gen_set_guid_of(gen, F_P2, gen->v[F_OBJECT]);
	gen_close(gen, "sharing-link", gen->v[F_OBJECT]);
	gen_emit(gen, SHAPE_LINK_REMOVED);
}

void
file_page(struct gen *gen, const struct who *who)
{
	static const char *const pages[] = {
	    "_layouts/15/online/handlers/SpoSuiteLinks.ashx",
	    "SitePages/Home.aspx", "_layouts/15/sharepoint.aspx",
	    "Shared Documents/Forms/AllItems.aspx"};

	begin(
	    gen, who, rng_percent(&gen->rng, 25), rng_below(&gen->rng, SITES));
	gen_setf(gen, F_OBJECT, SLICE_FMT "/%s", SLICE_ARG(gen->v[F_SITEURL]),
	    RNG_PICK(&gen->rng, pages));
	gen_emit(gen, SHAPE_PAGE_VIEWED);
}

void
file_list(struct gen *gen, const struct who *who)
{
	begin(gen, who, false, rng_below(&gen->rng, SITES));
	gen_setf(gen, F_OBJECT, SLICE_FMT "/" SLICE_FMT,
	    SLICE_ARG(gen->v[F_SITEURL]), SLICE_ARG(gen->v[F_LIST]));
	gen_setf(gen, F_COUNT, "%u", rng_range(&gen->rng, 1, 60));
	gen_emit(gen, SHAPE_LIST_VIEWED);
}

void
file_folder(struct gen *gen, const struct who *who)
{
	begin(gen, who, true, 0);
	guid_of(gen, F_ITEM, who->person->seed, 14);
	gen_setf(gen, F_OBJECT, SLICE_FMT "/Documents",
	    SLICE_ARG(gen->v[F_SITEURL]));
	gen_emit(gen, SHAPE_FOLDER_MODIFIED);
}

void
file_group(struct gen *gen, const struct who *who)
{
	uint32_t site = rng_below(&gen->rng, SITES);

	begin(gen, who, false, site);
	gen_set(gen, F_OBJECT, "");
	gen->v[F_OBJECT] = gen->v[F_SITEURL];
	gen_set(gen, F_DATA, "Site Members");
	gen_set(gen, F_TYPENAME, "SecurityGroup");
	gen_setf(gen, F_TARGET, "%s Members", sites[site]);
	gen_emit(gen, SHAPE_ADDED_TO_GROUP);
}

/* --- Teams --- */

static const char *const teams[] = {"Finance", "Sales Nordics",
    "Project Aurora", "Platform", "People and Culture", "Operations",
    "Marketing", "Customer Portal", "All Company"};

static void
begin_teams(struct gen *gen, const struct who *who)
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
	gen_setf(gen, F_THREAD, "19:%s@thread.%s", hex, chat ? "v2" : "tacv2");
	gen_fact(gen, "chat", gen->v[F_THREAD]);
	gen_set(gen, F_TYPENAME,
	    !chat                        ? "Channel"
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
		person_load(
		    &p, gen->org, rng_below(&gen->rng, gen->org->people));
		buf_printf(out,
		    "%s{\"DisplayName\":\"%s\",\"Role\":0,\"UPN\":\"%s\"}",
		    i > 0 ? "," : "", p.name, p.upn);
	}
	gen_set_copy(gen, F_PARTS, buf_slice(out));
}

void
teams_message(struct gen *gen, const struct who *who)
{
	begin_teams(gen, who);
	set_thread(gen, rng_percent(&gen->rng, 75));
	/* the id of a message is its time in milliseconds */
	gen_setf(gen, F_P1, "%llu",
	    (unsigned long long)gen->now_us / 1000 +
	        rng_below(&gen->rng, 1000));
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 12, 900));
	gen_emit(gen, SHAPE_MESSAGE_SENT);
}

void
teams_session(struct gen *gen, const struct who *who)
{
	begin_teams(gen, who);
	gen_emit(gen, SHAPE_TEAMS_SESSION);
}

void
teams_chat(struct gen *gen, const struct who *who)
{
	begin_teams(gen, who);
	set_thread(gen, true);
	set_members(gen, rng_range(&gen->rng, 2, 5));
	gen_emit(gen, SHAPE_CHAT_CREATED);
}

void
teams_member(struct gen *gen, const struct who *who)
{
	begin_teams(gen, who);
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

	begin_teams(gen, who);
	text_time(joined,
	    gen->now_us - INT64_C(1000000) * rng_range(&gen->rng, 600, 5400));
	gen_setf(gen, F_P1, "%sZ", joined);
	gen_set(gen, F_P2, rng_percent(&gen->rng, 60) ? "True" : "False");
	gen_emit(gen, SHAPE_MEETING);
}

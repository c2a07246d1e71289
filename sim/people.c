#include "people.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"

#define DAY_US  (INT64_C(86400) * 1000000)
#define HOUR_US (INT64_C(3600) * 1000000)

/* What rng_mix() of a person's seed is for. */
enum purpose {
	FOR_OID = 1,
	FOR_MAILBOX,
	FOR_SITE,
	FOR_DEVICE,
	FOR_HOME_IP,
	FOR_OFFICE_IP,
	FOR_PUID,
	FOR_DAY,
	FOR_WEEK,
	FOR_SESSION,
	FOR_PHONE,
	FOR_TRAVEL,
	FOR_BROWSER,
	FOR_CONTRACT,
};

void
org_init(struct org *org, uint64_t seed, uint32_t people)
{
	org->seed = rng_mix(seed, 0x6669726e);
	org->people = people;
	org->domain = "fjordline.example";
	org->name = "fjordlinegroup";
	org->initial = "fjordlinegroup.onmicrosoft.com";
	org->test = false;
	text_guid_of(org->tenant, org->seed, 1);
}

void
org_init_test(struct org *org, const struct org *main)
{
	org->seed = rng_mix(main->seed, 0x74657374);
	org->people = 24;
	org->domain = "fjordline-lab.example";
	org->name = "fjordlinelab";
	org->initial = "fjordlinelab.onmicrosoft.com";
	org->test = true;
	text_guid_of(org->tenant, org->seed, 1);
}

static struct slice
word(const char *list, uint32_t n)
{
	struct slice rest = slice_cstr(list), one = {0};

	for (uint32_t i = 0; i <= n; i++)
		one = slice_cut(&rest, ' ');
	return one;
}

/* The letter that stands for a letter with a mark, in user names. */
static const char *
plain_letter(const char *two)
{
	static const char *const marks[] = {"åa", "øo", "æae", "äa", "öo", "üu",
	    "ée", "íi", "óo", "ãa", "áa", "úu", "èe", "ñn", "łl", "śs", "ńn",
	    "Åa", "Øo", "Öo", "Ée", "Áa"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (!memcmp(marks[i], two, 2))
			return marks[i] + 2;
	return "x";
}

static size_t
add_plain(char *out, size_t at, struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		const char *p = &word.ptr[i];
		char c = *p;

		if ((unsigned char)c >= 0x80) {
			const char *plain = plain_letter(p);

			while (plain[1])
				out[at++] = *plain++;
			c = *plain;
			i++;
		}
		out[at++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[at] = '\0';
	return at;
}

void
person_rename(struct person *person, const char *local, const char *name)
{
	const struct org *org = person->org;

	/* local may be the person's own */
	memmove(person->local, local, strlen(local) + 1);
	if (name != person->name)
		snprintf(person->name, sizeof(person->name), "%s", name);
	snprintf(person->upn, sizeof(person->upn), "%s@%s", person->local,
	    org->domain);
	snprintf(person->folder, sizeof(person->folder), "%s_%s", person->local,
	    org->domain);
	for (char *p = person->folder; *p; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
}

static void
set_name(struct person *out)
{
	const struct name_list *list = &name_lists[out->home];
	unsigned before = 0, each = 0;
	uint32_t nth, given, family, number;
	char local[48];
	size_t n;

	for (unsigned i = 0; i < 32; i++) {
		each += home_of[i] == out->home;
		before += i < out->index % 32 && home_of[i] == out->home;
	}
	nth = out->index / 32 * each + before;
	number = nth / (NAMES_EACH * NAMES_EACH);
	given = nth % NAMES_EACH;
	family = (nth / NAMES_EACH + given * 7) % NAMES_EACH;
	snprintf(out->name, sizeof(out->name), SLICE_FMT " " SLICE_FMT,
	    SLICE_ARG(word(list->given, given)),
	    SLICE_ARG(word(list->family, family)));
	n = add_plain(local, 0, word(list->given, given));
	local[n++] = '.';
	n = add_plain(local, n, word(list->family, family));
	if (number > 0)
		snprintf(local + n, 12, "%u", number + 1);
	person_rename(out, local, out->name);
}

enum net_id
person_home(uint32_t index)
{
	return (enum net_id)home_of[index % 32];
}

bool
person_is_admin(const struct org *org, uint32_t index)
{
	return index % 80 == 3 || (org->people <= 3 && index == 0);
}

enum contract
person_contract(const struct org *org, uint32_t index, int64_t day)
{
	uint64_t seed = rng_mix(org->seed, (uint64_t)index << 8 | FOR_CONTRACT);
	/* 1970-01-01 was a Thursday */
	uint64_t week = ((uint64_t)(day + 3) / 7 + seed / 16) % 13;

	if (seed % 16 != 0 || person_is_admin(org, index) || index % 40 == 9)
		return CONTRACT_LASTING;
	return week == 0   ? CONTRACT_FIRST_WEEK
	       : week < 9  ? CONTRACT_WEEK
	       : week == 9 ? CONTRACT_LAST_WEEK
	                   : CONTRACT_NONE;
}

static enum browser_id
pick_desktop(uint64_t seed)
{
	static const unsigned char shares[] = {BROWSER_EDGE, BROWSER_EDGE,
	    BROWSER_EDGE, BROWSER_EDGE, BROWSER_CHROME_WINDOWS,
	    BROWSER_CHROME_WINDOWS, BROWSER_CHROME_MAC, BROWSER_SAFARI_MAC,
	    BROWSER_FIREFOX_WINDOWS, BROWSER_CHROME_WINDOWS};

	return (
	    enum browser_id)shares[rng_mix(seed, FOR_BROWSER) % sizeof(shares)];
}

static void
set_ids(struct person *out)
{
	uint64_t seed = out->seed;
	uint64_t org = out->org->seed;
	char puid[10];

	text_guid_of(out->oid, seed, FOR_OID);
	text_guid_of(out->mailbox, seed, FOR_MAILBOX);
	text_guid_of(out->site, seed, FOR_SITE);
	text_guid_of(out->device, seed, FOR_DEVICE);
	text_hex(puid, 9, rng_mix(seed, FOR_PUID));
	snprintf(out->puid, sizeof(out->puid), "1003200%s", puid);
	for (char *p = out->puid; *p; p++)
		if (*p >= 'a')
			*p = (char)(*p - 32);
	snprintf(out->sid, sizeof(out->sid), "S-1-5-21-%u-%u-%u-%u",
	    (uint32_t)(org & 0x7fffffff) + 1000000000u,
	    (uint32_t)(org >> 32 & 0x7fffffff) + 1000000000u,
	    (uint32_t)(rng_mix(org, 2) & 0x3fffffff) + 1000000000u,
	    25000000 + out->index);
}

void
person_load(struct person *out, const struct org *org, uint32_t index)
{
	uint64_t seed = rng_mix(org->seed, UINT64_C(1000) + index);

	out->org = org;
	out->index = index;
	out->seed = seed;
	out->home = person_home(index);
	out->admin = person_is_admin(org, index);
	out->dept = out->admin ? DEPT_IT
	            : index % 40 == 9
	                ? DEPT_EXECUTIVE
	                : (enum department)(seed % DEPT_EXECUTIVE);
	out->desktop = pick_desktop(seed);
	out->phone = seed >> 8 & 1 ? BROWSER_IPHONE : BROWSER_ANDROID;
	set_name(out);
	set_ids(out);
	net_address(out->home_ip, out->home, rng_mix(seed, FOR_HOME_IP));
	/* one address for all who sit in the same country's office */
	net_address(
	    out->office_ip, out->home, rng_mix(org->seed, FOR_OFFICE_IP));
	snprintf(out->device_name, sizeof(out->device_name), "%s-%05u",
	    out->desktop <= BROWSER_FIREFOX_WINDOWS ? "FJL-W" : "FJL-M",
	    10000 + index);
}

void
person_of(struct person *out, const struct org *org, enum department dept,
    uint64_t which)
{
	uint32_t start = (uint32_t)(which % org->people);

	for (uint32_t i = 0; i < 400; i++) {
		person_load(out, org, (start + i) % org->people);
		if (out->dept == dept)
			return;
	}
	person_load(out, org, start);
}

void
person_shared(struct person *out, const struct org *org, uint32_t n)
{
	static const char *const names[SHARED_MAILBOXES][2] = {
	    {"invoices", "Invoices"}, {"support", "Customer Support"},
	    {"careers", "Careers"}, {"press", "Press Office"},
	    {"facilities", "Facilities"}, {"orders", "Order Desk"}};

	n %= SHARED_MAILBOXES;
	person_load(out, org, PEOPLE_MAX + n);
	person_rename(out, names[n][0], names[n][1]);
}

static void
set_session(struct who *out, uint64_t which)
{
	struct rng rng = {rng_mix(out->person->seed, which)};

	text_guid(out->session, &rng);
	text_base64url(out->uti, 22, &rng);
}

/* Where someone is this week if away from home. */
static bool
is_travelling(const struct person *person, int64_t day, enum net_id *net)
{
	uint64_t week =
	    rng_mix(person->seed, (uint64_t)(day / 7) << 8 | FOR_TRAVEL);
	static const unsigned char places[] = {
	    NET_NL, NET_CH, NET_PT, NET_AE, NET_DE, NET_GB, NET_US};

	if (week % 40 != 0 || week / 40 % 7 > 3)
		return false;
	*net = (enum net_id)places[week / 400 % sizeof(places)];
	return true;
}

void
who_at_work(struct who *out, const struct person *person, int64_t time_us)
{
	int64_t day =
	    (time_us + nets[person->home].utc_offset * HOUR_US) / DAY_US;
	uint64_t today = rng_mix(person->seed, (uint64_t)day << 8 | FOR_DAY);
	enum net_id away;

	out->person = person;
	out->net = person->home;
	out->browser = person->desktop;
	out->managed = true;
	if (is_travelling(person, day, &away)) {
		out->net = away;
		net_address(out->ip, away, rng_mix(today, 1));
	} else if (today % 100 < 52) {
		memcpy(out->ip, person->office_ip, sizeof(out->ip));
	} else if (today % 100 < 94) {
		memcpy(out->ip, person->home_ip, sizeof(out->ip));
	} else {
		/* the organisation's VPN comes out in Oslo */
		out->net = NET_NO;
		net_address(
		    out->ip, NET_NO, rng_mix(person->org->seed, FOR_DAY));
	}
	set_session(out, (uint64_t)day << 8 | FOR_SESSION);
}

void
who_on_phone(struct who *out, const struct person *person, int64_t time_us)
{
	int64_t day = time_us / DAY_US;

	out->person = person;
	out->net = person->home;
	out->browser = person->phone;
	out->managed = false;
	/* a phone gets an address for some days, not for good */
	net_address(out->ip, person->home,
	    rng_mix(person->seed, (uint64_t)(day / 5) << 8 | FOR_PHONE));
	set_session(out, (uint64_t)(day / 30) << 8 | FOR_PHONE);
}

void
who_intruder(struct who *out, const struct person *victim, enum net_id net,
    enum browser_id browser, uint64_t which)
{
	out->person = victim;
	out->net = net;
	out->browser = browser;
	out->managed = false;
	net_address(out->ip, net, rng_mix(victim->org->seed, which));
	set_session(out, rng_mix(which, 0x696e7472));
}

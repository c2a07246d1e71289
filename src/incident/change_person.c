/*
 * People: their passwords, sessions, second factors, devices and accounts.
 */
#include "incident/change_part.h"

#include "base/time.h"

#define MINUTE_US ((int64_t)60 * 1000000)

struct row {
	const char *operation;
	void (*read)(const struct directory *dir, const struct row *row);
	enum way way;
	enum way_verb verb;
};

static void
add(const struct directory *dir, enum way way, enum way_verb verb,
    struct slice object, const struct dir_target *whose)
{
	struct slice name = whose->upn.len ? whose->upn : whose->name;

	change_add(dir->changes, &(struct way_change){.way = way,
	                             .verb = verb,
	                             .object = object,
	                             .name = name,
	                             .holder = whose->id,
	                             .holder_name = name});
}

/* --- accounts, passwords, sessions --- */

static bool
is_guest(const struct directory *dir, const struct dir_target *who)
{
	return change_is(dir_now(dir, "UserType"), "Guest") ||
	       change_has(who->upn, "#ext#");
}

static void
account(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);
	enum way way = is_guest(dir, &who) ? WAY_GUEST : row->way;

	add(dir, way, row->verb, who.id, &who);
}

static void
password(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);

	add(dir, row->way, WAY_CLOSES, who.id, &who);
	add(dir, row->way, WAY_OPENS, who.id, &who);
}

static void
sessions(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);

	add(dir, WAY_SESSION, row->verb, who.id, &who);
	add(dir, WAY_REFRESH_TOKEN, row->verb, who.id, &who);
}

/* --- second factors --- */

static const char *
method_of(struct slice words)
{
	static const char *const kinds[][2] = {{"app password", "app-password"},
	    {"authenticator", "app"}, {"app notification", "app"},
	    {"phoneapp", "app"}, {"fido", "passkey"}, {"passkey", "passkey"},
	    {"security key", "passkey"}, {"hello", "hello"}, {"email", "email"},
	    {"phone", "phone"}, {"sms", "phone"}, {"voice", "phone"},
	    {"mobile", "phone"}, {"oath", "token"}, {"hardware", "token"}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (change_has(words, kinds[i][0]))
			return kinds[i][1];
	return "method";
}

static void
add_method(const struct directory *dir, enum way_verb verb, const char *kind,
    struct slice id, struct slice name)
{
	struct dir_target who = dir_principal(dir);
	struct slice object =
	    change_join(dir->changes, who.id, slice_cstr(kind));

	if (id.len)
		object = change_join(dir->changes, object, id);
	change_add(
	    dir->changes, &(struct way_change){.way = WAY_MFA_METHOD,
	                      .verb = verb,
	                      .object = object,
	                      .name = name.len ? name : slice_cstr(kind),
	                      .holder = who.id,
	                      .holder_name = who.upn.len ? who.upn : who.name});
}

static int64_t
pass_ends(const struct directory *dir)
{
	int64_t time_us = dir->changes->event->time_us;
	uint64_t minutes;

	if (time_us == EVENT_NO_TIME || !slice_to_u64(dir->minutes, &minutes) ||
	    minutes > UINT64_C(100) * 24 * 60)
		return EVENT_NO_TIME;
	return time_us + (int64_t)minutes * MINUTE_US;
}

/* Which one it is stands only in the words of the reason. */
static void
security_info(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);
	struct slice words = dir->reason.len ? dir->reason : dir->operation;

	if (!change_has(words, "temporary access pass")) {
		add_method(dir, row->verb, method_of(words), SLICE(""), words);
		return;
	}
	change_add(
	    dir->changes, &(struct way_change){.way = WAY_TEMPORARY_PASS,
	                      .verb = row->verb,
	                      .object = who.id,
	                      .holder = who.id,
	                      .holder_name = who.upn.len ? who.upn : who.name,
	                      .until_us = pass_ends(dir)});
}

/* Members of one text that the other has not. */
static void
compare(const struct directory *dir, const char *property, const char *kind,
    const char *id, const char *name)
{
	const struct dir_property *changed = dir_property(dir, property);
	struct changes *changes = dir->changes;

	for (int closes = 0; changed && closes < 2; closes++) {
		struct slice has = closes ? changed->before : changed->now;
		struct slice lacks = closes ? changed->now : changed->before;
		struct slice named = has, value, called;

		while ((value = change_member(&has, id)).len) {
			called = name ? change_member(&named, name) : value;
			if (change_holds(lacks, value))
				continue;
			value = arena_copy(changes->arena, value);
			add_method(dir, closes ? WAY_CLOSES : WAY_OPENS, kind,
			    value, called);
		}
	}
}

static void
methods(const struct directory *dir)
{
	static const char *const addresses[][2] = {{"PhoneNumber", "phone"},
	    {"AlternativePhoneNumber", "phone"}, {"Email", "email"}};
	size_t before = dir->changes->count;

	compare(dir, "StrongAuthenticationPhoneAppDetail", "app", "Id",
	    "DeviceName");
	compare(dir, "SearchableDeviceKey", "key", "KeyIdentifier", NULL);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		compare(dir, "StrongAuthenticationUserDetails", addresses[i][1],
		    addresses[i][0], NULL);
	/* Only the kinds, where no more is told. */
	if (dir->changes->count == before)
		compare(dir, "StrongAuthenticationMethod", "type", "MethodType",
		    NULL);
}

/* An MFA that is demanded of one person. */
static void
demand(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);

	add(dir, row->way, row->verb,
	    change_join(dir->changes, SLICE("mfa"), who.id), &who);
}

static void
update(const struct directory *dir, const struct row *row)
{
	static const struct row off = {.way = WAY_CONDITIONAL_ACCESS,
	                            .verb = WAY_OPENS},
	                        on = {.way = WAY_CONDITIONAL_ACCESS,
	                            .verb = WAY_CLOSES},
	                        revoked = {.verb = WAY_CLOSES};
	const struct dir_property *mfa =
	    dir_property(dir, "StrongAuthenticationRequirement");
	struct slice enabled = dir_now(dir, "AccountEnabled");
	struct dir_target who = dir_principal(dir);
	enum way way = is_guest(dir, &who) ? WAY_GUEST : row->way;

	if (enabled.len)
		add(dir, way,
		    change_is(enabled, "false") ? WAY_CLOSES : WAY_OPENS,
		    who.id, &who);
	if (dir_now(dir, "StrongAuthenticationRequirement").len && mfa) {
		struct slice text = mfa->now;

		demand(dir,
		    change_is(change_member(&text, "State"), "0") ? &off : &on);
	}
	if (dir_now(dir, "StsRefreshTokensValidFrom").len)
		sessions(dir, &revoked);
	methods(dir);
}

/* --- devices --- */

static struct slice
device_owner(const struct directory *dir)
{
	const struct dir_property *ids = dir_property(dir, "DevicePhysicalIds");
	struct slice rest =
	    ids ? change_behind(ids->now, "[USER-HWID]:") : SLICE("");

	return slice_cut(&rest, ':');
}

static void
device(const struct directory *dir, const struct row *row)
{
	struct dir_target what = dir_target(dir, "Device");
	struct slice enabled = dir_now(dir, "AccountEnabled");
	struct slice also = dir_value(dir, "DeviceId");
	enum way_verb verb = row->verb;

	if (!what.id.len)
		what = dir->targets[0];
	if (verb == WAY_USES && !enabled.len)
		return;
	if (verb == WAY_USES)
		verb = change_is(enabled, "false") ? WAY_CLOSES : WAY_OPENS;
	change_add(dir->changes, &(struct way_change){.way = WAY_DEVICE,
	                             .verb = verb,
	                             .object = what.id,
	                             .also = also.len ? also : dir->device,
	                             .name = what.name,
	                             .holder = device_owner(dir)});
}

static void
device_of(const struct directory *dir, const struct row *row)
{
	struct dir_target who = dir_principal(dir);

	change_add(
	    dir->changes, &(struct way_change){.way = row->way,
	                      .verb = row->verb,
	                      .object = dir_value(dir, "Device.ObjectID"),
	                      .name = dir_value(dir, "Device.DisplayName"),
	                      .holder = who.id,
	                      .holder_name = who.upn});
}

/* Of updates the verb is in what they update; WAY_USES stands for that. */
static const struct row rows[] = {
    {"Add user", account, WAY_ACCOUNT, WAY_OPENS},
    {"Restore user", account, WAY_ACCOUNT, WAY_OPENS},
    {"Enable account", account, WAY_ACCOUNT, WAY_OPENS},
    {"Disable account", account, WAY_ACCOUNT, WAY_CLOSES},
    {"Delete user", account, WAY_ACCOUNT, WAY_CLOSES},
    {"Hard delete user", account, WAY_ACCOUNT, WAY_CLOSES},
    {"Invite external user", account, WAY_GUEST, WAY_OPENS},
    {"Redeem external user invite", account, WAY_GUEST, WAY_USES},
    {"Update user", update, WAY_ACCOUNT, WAY_USES},
    {"Reset user password", password, WAY_PASSWORD, WAY_OPENS},
    {"Reset password (by admin)", password, WAY_PASSWORD, WAY_OPENS},
    {"Reset password (self-service)", password, WAY_PASSWORD, WAY_OPENS},
    {"Change user password", password, WAY_PASSWORD, WAY_OPENS},
    {"Change password (self-service)", password, WAY_PASSWORD, WAY_OPENS},
    {"Update PasswordProfile", password, WAY_PASSWORD, WAY_OPENS},
    {"Update StsRefreshTokenValidFrom Timestamp", sessions, WAY_SESSION,
        WAY_CLOSES},
    {"Enable Strong Authentication", demand, WAY_CONDITIONAL_ACCESS,
        WAY_CLOSES},
    {"Disable Strong Authentication", demand, WAY_CONDITIONAL_ACCESS,
        WAY_OPENS},
    {"User registered security info", security_info, WAY_MFA_METHOD, WAY_OPENS},
    {"User changed default security info", security_info, WAY_MFA_METHOD,
        WAY_OPENS},
    {"Admin registered security info", security_info, WAY_MFA_METHOD,
        WAY_OPENS},
    {"Admin updated security info", security_info, WAY_MFA_METHOD, WAY_OPENS},
    {"User deleted security info", security_info, WAY_MFA_METHOD, WAY_CLOSES},
    {"Admin deleted security info", security_info, WAY_MFA_METHOD, WAY_CLOSES},
    {"Add passkey*", security_info, WAY_MFA_METHOD, WAY_OPENS},
    {"Delete passkey*", security_info, WAY_MFA_METHOD, WAY_CLOSES},
    {"Add FIDO2 security key", security_info, WAY_MFA_METHOD, WAY_OPENS},
    {"Delete FIDO2 security key", security_info, WAY_MFA_METHOD, WAY_CLOSES},
    {"Add Windows Hello for Business credential", security_info, WAY_MFA_METHOD,
        WAY_OPENS},
    {"Delete Windows Hello for Business credential", security_info,
        WAY_MFA_METHOD, WAY_CLOSES},
    {"Add device", device, WAY_DEVICE, WAY_OPENS},
    {"Register device", device, WAY_DEVICE, WAY_OPENS},
    {"Enable device", device, WAY_DEVICE, WAY_OPENS},
    {"Update device", device, WAY_DEVICE, WAY_USES},
    {"Disable device", device, WAY_DEVICE, WAY_CLOSES},
    {"Unregister device", device, WAY_DEVICE, WAY_CLOSES},
    {"Delete device", device, WAY_DEVICE, WAY_CLOSES},
    {"Add registered owner to device", device_of, WAY_DEVICE, WAY_OPENS},
    {"Add registered users to device", device_of, WAY_DEVICE, WAY_OPENS},
};

bool
change_person(const struct directory *dir)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!change_fits(dir->operation, rows[i].operation))
			continue;
		rows[i].read(dir, &rows[i]);
		return true;
	}
	return false;
}

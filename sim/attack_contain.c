#include <stdio.h>
#include <string.h>

#include "attack_scene.h"
#include "directory.h"

/*
 * What a tenant does when it has found out: accounts are disabled, credentials
 * and grants go, sessions end, then rules and forwarding; each by an
 * administrator, and each with the records that it leaves.
 */
struct defence {
	struct scene *scene;
	struct person admin;
	struct who who;
	const char *keep; /* kinds that are overlooked, apart by blanks */
};

static bool
is_kind(const struct story_way *way, const char *kind)
{
	return strcmp(way->kind, kind) == 0;
}

static void
find_admin(struct defence *d, const struct org *org)
{
	person_load(&d->admin, org, org->people > 3 ? 3 : 0);
	for (uint32_t i = 3; i < org->people; i += 80) {
		bool victim = false;

		for (size_t k = 0; k < d->scene->n_people; k++)
			victim |= d->scene->people[k].index == i;
		if (victim)
			continue;
		person_load(&d->admin, org, i);
		return;
	}
}

static bool
is_kept(const struct defence *d, const char *kind)
{
	struct slice rest = slice_cstr(d->keep);

	while (rest.len > 0)
		if (slice_eq(slice_cut(&rest, ' '), slice_cstr(kind)))
			return true;
	return false;
}

static const struct person *
person_named(const struct scene *scene, struct slice upn)
{
	for (size_t i = 0; i < scene->n_people; i++)
		if (slice_eq(upn, slice_cstr(scene->people[i].upn)))
			return &scene->people[i];
	return NULL;
}

/* By its app id, the object id of its principal, or its usual key. */
static const struct scene_app *
app_named(const struct scene *scene, struct slice id, struct slice also)
{
	for (size_t i = 0; i < scene->n_apps; i++) {
		const struct app_view *app = &scene->apps[i].app;

		if (slice_eq(id, slice_cstr(app->app.id)) ||
		    slice_eq(id, slice_cstr(app->principal)) ||
		    slice_eq(also, slice_cstr(app->app.id)))
			return &scene->apps[i];
	}
	return NULL;
}

/* The next record is made some minutes later, in that tenant. */
static void
begin(struct defence *d, const struct org *org)
{
	struct gen *gen = d->scene->gen;

	scene_wait(d->scene, 90);
	gen->org = org;
	/* each tenant has administrators of its own */
	if (d->admin.org != org)
		find_admin(d, org);
	who_at_work(&d->who, &d->admin, d->scene->now_us);
	directory_by_person(gen, &d->who);
}

static void
emit(struct defence *d, enum change change)
{
	directory_emit(d->scene->gen, change);
	d->scene->gen->org = d->scene->org;
}

/* --- one way each --- */

static void
on_person(struct defence *d, const struct story_way *way, enum change change,
    struct slice upn)
{
	const struct person *person = person_named(d->scene, upn);
	struct gen *gen = d->scene->gen;
	struct story *story = d->scene->story;

	if (!person)
		return;
	begin(d, person->org);
	gen_setf(gen, F_P1, SLICE_FMT, SLICE_ARG(way->also));
	gen_set_guid_of(gen, F_P3, way->also);
	if (change == CHANGE_REVOKE_SESSIONS)
		gen_set(gen, F_P1, "2026-01-12T09:00:00Z");
	if (change == CHANGE_REVOKE_SESSIONS || change == CHANGE_DELETE_USER) {
		/* every session of theirs ends */
		for (size_t i = 0; i < story->n_ways; i++)
			if (slice_eq(story->ways[i].also, upn))
				gen_close(
				    gen, "session", story->ways[i].object);
	} else if (change == CHANGE_LICENSE) {
		gen_set(gen, F_P1, "");
		gen_set(gen, F_P2, "M365_ADVANCED_AUDITING");
	}
	gen_close(gen, way->kind, way->object);
	directory_on_person(gen, person);
	emit(d, change);
}

static void
on_device(struct defence *d, const struct story_way *way)
{
	begin(d, d->scene->org);
	gen_close(d->scene->gen, way->kind, way->object);
	directory_on_thing(d->scene->gen, way->object.ptr, way->also.ptr);
	emit(d, CHANGE_DELETE_DEVICE);
}

static bool
is_about_exchange(const struct story_way *way)
{
	return strstr(way->also.ptr, "EWS.") ||
	       strstr(way->also.ptr, "full_access_as_app");
}

static void
on_app(struct defence *d, const struct story_way *way, enum change change)
{
	const struct scene_app *app =
	    app_named(d->scene, way->object, way->also);
	struct gen *gen = d->scene->gen;
	struct app_view resource;

	if (!app)
		return;
	/* its credentials are where it was made, its rights are here */
	begin(d, change == CHANGE_REMOVE_SECRET || change == CHANGE_DELETE_APP
	             ? app->org
	             : d->scene->org);
	gen_setf(gen, F_P1, SLICE_FMT, SLICE_ARG(way->object));
	gen_setf(gen, F_P2, SLICE_FMT, SLICE_ARG(way->also));
	gen_set(gen, F_P3, app->app.principal);
	gen_set(gen, F_P4,
	    change == CHANGE_REMOVE_GRANT ? app->app.app.id
	                                  : app->app.principal);
	gen_set(gen, F_P5, app->app.app.name);
	gen_set(gen, F_P6,
	    change == CHANGE_REMOVE_GRANT ? "Principal" : app->app.app.id);
	gen_setf(gen, F_P7, SLICE_FMT, SLICE_ARG(way->also));
	gen_close(gen, way->kind, way->object);
	if (change == CHANGE_REMOVE_GRANT)
		gen_close(gen, "consent", slice_cstr(app->app.app.id));
	if (change == CHANGE_DELETE_APP) {
		directory_on_app(gen, &app->app);
	} else if (change == CHANGE_REMOVE_GRANT ||
	           change == CHANGE_REMOVE_ROLE_GRANT) {
		/* as the granting was: a change of what it is a right to */
		app_load(&resource, d->scene->org,
		    is_about_exchange(way) ? APP_EXCHANGE : APP_GRAPH);
		directory_on_principal(gen, &resource);
	} else {
		directory_on_principal(gen, &app->app);
	}
	emit(d, change);
}

static void
on_mailbox(struct defence *d, const struct story_way *way)
{
	static const struct {
		const char *kind, *cmdlet, *parameter, *value;
	} cmdlets[] = {
	    {"inbox-rule", "Remove-InboxRule", "Force", "True"},
	    {"forwarding", "Set-Mailbox", "ForwardingSmtpAddress", ""},
	    {"mailbox-permission", "Remove-MailboxPermission", "AccessRights",
	        "FullAccess"},
	    {"mailbox-audit", "Set-Mailbox", "AuditEnabled", "True"},
	    {"audit-bypass", "Set-MailboxAuditBypassAssociation",
	        "AuditBypassEnabled", "False"},
	    {"audit-log", "Set-AdminAuditLogConfig",
	        "UnifiedAuditLogIngestionEnabled", "True"},
	};

	for (size_t i = 0; i < sizeof(cmdlets) / sizeof(cmdlets[0]); i++) {
		if (!is_kind(way, cmdlets[i].kind))
			continue;
		begin(d, d->scene->org);
		exchange_admin(d->scene->gen, &d->who, cmdlets[i].cmdlet,
		    way->object.ptr,
		    (const struct parameter[]){{"Identity", way->object.ptr},
		        {cmdlets[i].parameter, cmdlets[i].value}, {0}});
	}
}

static void
on_links(struct defence *d)
{
	struct story *story = d->scene->story;
	struct file file = {.personal = true};

	for (size_t i = 0; i < story->n_ways; i++) {
		const struct story_way *way = &story->ways[i];

		if (!is_kind(way, "sharing-link") || way->closed_us)
			continue;
		scene_wait(d->scene, 5);
		file.number = (uint32_t)i;
		file_unlink(d->scene->gen, &d->who, way->object.ptr, &file);
	}
}

/* --- all of them --- */

/* In the order in which they are taken back. */
static const struct {
	const char *kind;
	enum change change;
	bool app; /* else a person, by `object` */
} order[] = {
    {"user", CHANGE_DELETE_USER, false},
    {"secret", CHANGE_REMOVE_SECRET, true},
    {"delegated-grant", CHANGE_REMOVE_GRANT, true},
    {"app-role", CHANGE_REMOVE_ROLE_GRANT, true},
    {"service-principal", CHANGE_REMOVE_PRINCIPAL, true},
    {"application", CHANGE_DELETE_APP, true},
    {"role", CHANGE_REMOVE_FROM_ROLE, false},
    {"password", CHANGE_RESET_PASSWORD, false},
    {"authentication-method", CHANGE_REMOVE_MFA, false},
    {"licence", CHANGE_LICENSE, false},
};

static void
enable(struct defence *d, const struct person *person, bool on)
{
	begin(d, person->org);
	gen_set(d->scene->gen, F_P1, on ? "true" : "false");
	gen_set(d->scene->gen, F_P2, on ? "false" : "true");
	directory_on_person(d->scene->gen, person);
	emit(d, CHANGE_ENABLE_USER);
}

static void
take_back(struct defence *d)
{
	struct story *story = d->scene->story;

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < story->n_ways; i++) {
			const struct story_way *way = &story->ways[i];

			if (way->closed_us || !is_kind(way, order[o].kind) ||
			    is_kept(d, way->kind))
				continue;
			if (order[o].app)
				on_app(d, way, order[o].change);
			else
				on_person(d, way, order[o].change, way->object);
		}
	}
	for (size_t i = 0; i < story->n_ways; i++) {
		const struct story_way *way = &story->ways[i];

		if (way->closed_us || is_kept(d, way->kind))
			continue;
		if (is_kind(way, "session"))
			on_person(d, way, CHANGE_REVOKE_SESSIONS, way->also);
		else if (is_kind(way, "device"))
			on_device(d, way);
		else
			on_mailbox(d, way);
	}
	if (!is_kept(d, "sharing-link"))
		on_links(d);
}

/* A person whose password is not the intruder's gets another all the same. */
static void
play_safe(struct defence *d)
{
	const struct scene *scene = d->scene;
	static const struct story_way none = {.kind = ""};
	const struct person *victim = scene->n_people ? scene->people : NULL;

	if (!victim || victim->org->test || is_kept(d, "password") ||
	    is_kept(d, "session"))
		return;
	on_person(d, &none, CHANGE_RESET_PASSWORD, slice_cstr(victim->upn));
	on_person(d, &none, CHANGE_REVOKE_SESSIONS, slice_cstr(victim->upn));
}

static void
defend(struct scene *scene, const char *keep)
{
	struct defence d = {.scene = scene, .keep = keep};
	const struct person *first = scene->n_people ? scene->people : NULL;
	struct truth truth = scene->gen->truth;
	bool disable = first && !first->org->test && !*keep &&
	               rng_percent(&scene->rng, 60);

	find_admin(&d, scene->org);
	scene->gen->truth = (struct truth){.attack = truth.attack,
	    .number = truth.number,
	    .what = "the tenant takes back what it found",
	    .by_tenant = true};
	if (disable)
		enable(&d, first, false);
	take_back(&d);
	play_safe(&d);
	if (disable)
		enable(&d, first, true);
	scene->gen->truth = truth;
}

const struct comeback *
scene_end(struct scene *scene, const struct comeback *backs, size_t n)
{
	uint32_t contain = scene->with.value[WITH_CONTAIN];
	const struct comeback *back = NULL;

	if (contain == CONTAIN_NONE)
		return NULL;
	scene->now_us = scene->to_us;
	scene->to_us = scene->defend_us;
	if (contain == CONTAIN_PARTIAL && n > 0)
		back = &backs[rng_below(&scene->rng, (uint32_t)n)];
	defend(scene, back ? back->kinds : "");
	if (!back)
		return NULL;
	scene->now_us = scene->defend_us;
	scene->to_us = scene->back_us;
	scene_wait(scene, 7200);
	scene_step(scene, scene->gen->truth.step + 1, "T1078.004",
	    "the intruder comes back by what was overlooked");
	return back;
}

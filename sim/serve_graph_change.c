#include "serve_graph_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "json/build.h"

static char *
text_of(struct slice s)
{
	char *text = xmalloc(s.len + 1);

	if (s.len)
		memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return text;
}

/* Takes the text. */
static void
add_change(struct graph_tenant *tenant, enum graph_change change,
    struct slice of, struct buf *text)
{
	struct graph_changed **at = &tenant->changes;

	while (*at)
		at = &(*at)->next;
	*at = xcalloc(1, sizeof(**at));
	(*at)->change = change;
	(*at)->of = text_of(of);
	(*at)->text = text_of(buf_slice(text));
	buf_release(text);
}

void
graph_changes_free(struct graph_tenant *tenant)
{
	struct graph_changed *changed;

	while ((changed = tenant->changes)) {
		tenant->changes = changed->next;
		free(changed->of);
		free(changed->text);
		free(changed);
	}
}

/* "\"x\"" or "[\"x\"]": x; the new value or the old one. */
static struct slice
value_as(struct json target, const char *name, const char *which)
{
	struct json_iter it = json_iter(JSON_GET(target, "modifiedProperties"));
	struct json property;
	struct slice s = {0};

	while (json_next(&it, NULL, &property))
		if (slice_eq(json_str(JSON_GET(property, "displayName")),
		        slice_cstr(name)))
			s = json_str(json_get(property, slice_cstr(which)));
	while (s.len && strchr("[\" ", *s.ptr))
		s = slice_skip(s, 1);
	while (s.len && strchr("]\" ", s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static struct slice
value_of(struct json target, const char *name)
{
	return value_as(target, name, "newValue");
}

/* "[KeyIdentifier=G,KeyType=Password,...,DisplayName=N]" */
static struct slice
key_of(struct slice key)
{
	static const char begin[] = "KeyIdentifier=";
	const char *id =
	    key.len ? memmem(key.ptr, key.len, begin, sizeof(begin) - 1) : NULL;
	size_t at;

	if (!id)
		return (struct slice){0};
	at = (size_t)(id - key.ptr) + sizeof(begin) - 1;
	key = slice_skip(key, at);
	return slice_of(
	    key.ptr, key.len < GUID_TEXT_MAX ? key.len : GUID_TEXT_MAX - 1);
}

static void
write_secret(struct buf *out, struct slice key, struct slice when)
{
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "keyId", key_of(key));
	json_text(out, "startDateTime", when);
	json_cstr(out, "displayName", "added");
	json_close(out, mark);
}

static void
write_role(struct buf *out, struct json audit, struct json target)
{
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "id", json_str(JSON_GET(audit, "id")));
	json_text(out, "appRoleId", value_of(target, "AppRole.Id"));
	json_text(
	    out, "principalId", value_of(target, "ServicePrincipal.ObjectID"));
	json_text(out, "principalDisplayName",
	    value_of(target, "ServicePrincipal.DisplayName"));
	json_cstr(out, "principalType", "ServicePrincipal");
	json_text(out, "resourceId", json_str(JSON_GET(target, "id")));
	json_text(out, "resourceDisplayName",
	    json_str(JSON_GET(target, "displayName")));
	json_text(out, "createdDateTime",
	    json_str(JSON_GET(audit, "activityDateTime")));
	json_close(out, mark);
}

static void
write_grant(struct buf *out, struct json audit, struct json target)
{
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "id", json_str(JSON_GET(audit, "id")));
	json_text(
	    out, "clientId", value_of(target, "ServicePrincipal.ObjectID"));
	json_text(out, "consentType",
	    value_of(target, "DelegatedPermissionGrant.ConsentType"));
	json_text(out, "resourceId", json_str(JSON_GET(target, "id")));
	json_text(
	    out, "scope", value_of(target, "DelegatedPermissionGrant.Scope"));
	json_close(out, mark);
}

/* An object that is new, with what all have. */
static void
write_new(struct buf *out, struct json audit, struct json target)
{
	struct slice app = value_of(target, "AppId");
	size_t mark = json_open(out, NULL, '{');

	if (!app.len)
		app = value_of(target, "AppPrincipalId");
	json_text(out, "id", json_str(JSON_GET(target, "id")));
	json_text(
	    out, "displayName", json_str(JSON_GET(target, "displayName")));
	json_text(out, "userPrincipalName",
	    json_str(JSON_GET(target, "userPrincipalName")));
	json_text(out, "appId", app);
	json_key(out, "accountEnabled");
	buf_str(out, "true");
	json_text(out, "createdDateTime",
	    json_str(JSON_GET(audit, "activityDateTime")));
	json_close(out, mark);
}

/* Forgets what had been added of that kind and has the id in it. */
static void
remove_change(
    struct graph_tenant *tenant, enum graph_change change, struct slice id)
{
	struct graph_changed **at = &tenant->changes, *gone;

	while ((gone = *at)) {
		if (gone->change != change || id.len == 0 ||
		    !memmem(gone->text, strlen(gone->text), id.ptr, id.len)) {
			at = &gone->next;
			continue;
		}
		*at = gone->next;
		free(gone->of);
		free(gone->text);
		free(gone);
	}
}

/* What was added is forgotten, and what is usually there is known to be gone.
 */
static void
take_away(struct graph_tenant *tenant, struct slice what, struct json target)
{
	static const struct {
		const char *name;
		enum graph_change change;
		const char *property; /* whose old value is the id; or NULL */
	} names[] = {
	    {"Delete user", CHANGED_USER, NULL},
	    {"Remove service principal", CHANGED_PRINCIPAL, NULL},
	    {"Remove service principal credentials", CHANGED_SECRET,
	        "KeyDescription"},
	    {"Remove app role assignment from service principal",
	        CHANGED_APP_ROLE, "ServicePrincipal.ObjectID"},
	    {"Remove delegated permission grant", CHANGED_GRANT,
	        "ServicePrincipal.ObjectID"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct slice id = json_str(JSON_GET(target, "id"));
		struct buf none = {0};

		if (!slice_eq(what, slice_cstr(names[i].name)))
			continue;
		if (names[i].property)
			id = value_as(target, names[i].property, "oldValue");
		if (names[i].change == CHANGED_SECRET && id.len > 0)
			id = key_of(id);
		remove_change(tenant, names[i].change, id);
		if (names[i].change == CHANGED_PRINCIPAL ||
		    names[i].change == CHANGED_SECRET)
			add_change(tenant, CHANGED_GONE, id, &none);
	}
}

void
graph_change(struct graph_tenant *tenant, struct json audit)
{
	static const struct {
		const char *name;
		enum graph_change change;
	} names[] = {
	    {"Add user", CHANGED_USER},
	    {"Add service principal", CHANGED_PRINCIPAL},
	    {"Add application", CHANGED_APPLICATION},
	    {"Add service principal credentials", CHANGED_SECRET},
	    {"Update application \xe2\x80\x93 Certificates and secrets "
	     "management",
	        CHANGED_SECRET},
	    {"Add owner to application", CHANGED_OWNER},
	    {"Add app role assignment to service principal", CHANGED_APP_ROLE},
	    {"Add delegated permission grant", CHANGED_GRANT},
	    {"Add member to role", CHANGED_MEMBER},
	};
	struct slice what = json_str(JSON_GET(audit, "activityDisplayName"));
	struct json target = json_at(JSON_GET(audit, "targetResources"), 0);
	struct slice of = json_str(JSON_GET(target, "id"));
	struct buf text = {0};
	size_t i = 0, n = sizeof(names) / sizeof(names[0]);

	while (i < n && !slice_eq(what, slice_cstr(names[i].name)))
		i++;
	if (i == n) {
		take_away(tenant, what, target);
		return;
	}
	switch (names[i].change) {
	case CHANGED_SECRET:
		write_secret(&text, value_of(target, "KeyDescription"),
		    json_str(JSON_GET(audit, "activityDateTime")));
		break;
	case CHANGED_APP_ROLE:
		write_role(&text, audit, target);
		break;
	case CHANGED_GRANT:
		write_grant(&text, audit, target);
		break;
	case CHANGED_OWNER:
		of = value_of(target, "Application.ObjectID");
		write_new(&text, audit, target);
		break;
	case CHANGED_MEMBER:
		of = value_of(target, "Role.TemplateId");
		write_new(&text, audit, target);
		break;
	default:
		write_new(&text, audit, target);
		break;
	}
	add_change(tenant, names[i].change, of, &text);
}

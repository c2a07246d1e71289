#include "directory.h"

#include <string.h>

#include "base/buf.h"
#include "directory_rows.h"

struct directory {
	struct tmpl audit[CHANGE_COUNT], graph[CHANGE_COUNT];
};

/* --- from a row to its two shapes --- */

static const char *const target_words[] = {
    [TARGET_USER] = "User",
    [TARGET_PRINCIPAL] = "ServicePrincipal",
    [TARGET_APP] = "Application",
    [TARGET_GROUP] = "Group",
    [TARGET_DEVICE] = "Device",
};

/* JSON that goes into a string: its quotes get a backslash. */
static void
add_nested(struct buf *out, const char *json, bool lines)
{
	for (const char *p = json; *p; p++) {
		if (*p == '\'')
			buf_str(out, "\\\"");
		else if (*p != '\n')
			buf_char(out, *p);
		else if (lines)
			buf_str(out, "\\r\\n");
	}
}

static void
add_audit_value(struct buf *out, const char *value, enum directory_form form)
{
	buf_char(out, '\'');
	if (form == PLAIN) {
		buf_str(out, value);
	} else if (!*value) {
		buf_str(out, "[]");
	} else {
		buf_str(out, "[\\r\\n  ");
		add_nested(out, value, true);
		buf_str(out, "\\r\\n]");
	}
	buf_char(out, '\'');
}

static void
add_graph_value(struct buf *out, const char *value, enum directory_form form)
{
	if (form == PLAIN && !*value) {
		buf_str(out, "null");
		return;
	}
	buf_str(out, form == PLAIN ? "'\\\"" : "'[");
	add_nested(out, value, false);
	buf_str(out, form == PLAIN ? "\\\"'" : "]'");
}

static void
add_properties(struct buf *out, const struct directory_row *row, bool graph)
{
	for (int i = 0; i < DIRECTORY_PROPERTIES && row->properties[i].name;
	     i++) {
		const struct directory_property *p = &row->properties[i];

		buf_printf(out,
		    graph ? "%s{'displayName':'%s','oldValue':"
		          : "%s{'Name':'%s','NewValue':",
		    i > 0 ? "," : "", p->name);
		if (graph) {
			add_graph_value(out, p->before, p->form);
			buf_str(out, ",'newValue':");
			add_graph_value(out, p->now, p->form);
		} else {
			add_audit_value(out, p->now, p->form);
			buf_str(out, ",'OldValue':");
			add_audit_value(out, p->before, p->form);
		}
		buf_char(out, '}');
	}
}

static void
add_audit_target(struct buf *out, enum directory_target target)
{
	const char *word = target_words[target];

	buf_printf(out,
	    "'Target':[{'ID':'%s_@TOID','Type':2},{'ID':'@TOID','Type':2},"
	    "{'ID':'%s','Type':2},",
	    word, word);
	if (target == TARGET_USER)
		buf_str(out, "{'ID':'@TUPN','Type':5},"
		             "{'ID':'@TPUID','Type':3}],");
	else if (target == TARGET_PRINCIPAL)
		buf_str(out, "{'ID':'@TNAME','Type':1},"
		             "{'ID':'@TAPP','Type':2},"
		             "{'ID':'@TSPN','Type':4}],");
	else
		buf_str(out, "{'ID':'@TNAME','Type':1}],");
}

static void
add_audit_shape(struct buf *out, const struct directory_row *row)
{
	buf_str(out, SHAPE_HEAD "'ResultStatus':'Success','UserKey':'@UKEY',"
	                        "'UserType':@UTYPE,'Version':1,'Workload':"
	                        "'AzureActiveDirectory',@CIP'ObjectId':'");
	if (row->target == TARGET_USER)
		buf_str(out, "@TUPN");
	else if (row->target == TARGET_PRINCIPAL)
		buf_str(out, "@TSPN");
	else
		buf_printf(out, "%s_@TOID", target_words[row->target]);
	buf_printf(out,
	    "','UserId':'@USERID','AzureActiveDirectoryEventType':1,"
	    "'ExtendedProperties':[{'Name':'additionalDetails','Value':"
	    "'@DETAILS'},{'Name':'extendedAuditEventCategory','Value':'%s'}],"
	    "'ModifiedProperties':[",
	    row->category);
	add_properties(out, row, false);
	buf_str(out, "],'Actor':[@ACTOR],'ActorContextId':'@TENANT',@SESS"
	             "'InterSystemsId':'@CORR','IntraSystemId':'@INTRA',"
	             "'SupportTicketId':'',");
	add_audit_target(out, row->target);
	buf_str(out, "'TargetContextId':'@TENANT'}");
}

static void
add_graph_shape(struct buf *out, const struct directory_row *row)
{
	buf_printf(out,
	    "{'id':'@ID','category':'%s','correlationId':'@CORR',"
	    "'result':'success','resultReason':'','activityDisplayName':"
	    "'%s','activityDateTime':'@TIME7Z','loggedByService':"
	    "'Core Directory','operationType':'%s','initiatedBy':@BYWHOM,"
	    "'targetResources':[{'id':'@TOID','displayName':'@TNAME',"
	    "'type':'%s','userPrincipalName':@TARGETUPN,'groupType':null,"
	    "'modifiedProperties':[",
	    row->graph_category, row->name, row->type,
	    target_words[row->target]);
	add_properties(out, row, true);
	buf_str(out, "]}],'additionalDetails':[{'key':'User-Agent',"
	             "'value':'@UA'}]}");
}

struct directory *
directory_new(struct arena *arena)
{
	struct directory *directory = arena_alloc(arena, sizeof(*directory));
	struct buf text = {0};

	for (int i = 0; i < CHANGE_COUNT; i++) {
		buf_clear(&text);
		add_audit_shape(&text, &directory_rows[i]);
		template_compile(&directory->audit[i], arena, buf_slice(&text));
		buf_clear(&text);
		add_graph_shape(&text, &directory_rows[i]);
		template_compile(&directory->graph[i], arena, buf_slice(&text));
	}
	buf_release(&text);
	return directory;
}

/* --- records --- */

static void
set_address(struct gen *gen, const char *ip)
{
	/* the suite leaves it out about as often as not */
	bool told = gen->truth.attack || rng_percent(&gen->rng, 45);

	gen_set(gen, F_CIP, "");
	gen_set(gen, F_SESS, "");
	if (!told)
		return;
	gen_setf(gen, F_CIP, "\"ClientIP\":\"%s\",", ip);
	gen_setf(gen, F_SESS, "\"ActorIpAddress\":\"%s\",", ip);
}

void
directory_by_person(struct gen *gen, const struct who *who)
{
	const struct person *p = who->person;

	gen_begin(gen);
	gen_who(gen, who);
	set_address(gen, who->ip);
	gen_set_guid(gen, F_INTRA);
	gen_setf(gen, F_UKEY, "%s@%s", p->puid, p->org->domain);
	gen_setf(gen, F_DETAILS, "{\"User-Agent\":\"%s\"}",
	    browsers[who->browser].agent);
	gen_setf(gen, F_ACTOR,
	    "{\"ID\":\"%s\",\"Type\":5},{\"ID\":\"%s\",\"Type\":3},"
	    "{\"ID\":\"18ed3507-a475-4ccb-b669-d66bc9f2a36e\",\"Type\":2},"
	    "{\"ID\":\"User_%s\",\"Type\":2},{\"ID\":\"%s\",\"Type\":2},"
	    "{\"ID\":\"User\",\"Type\":2}",
	    p->upn, p->puid, p->oid, p->oid);
	gen_setf(gen, F_BYWHOM,
	    "{\"app\":null,\"user\":{\"id\":\"%s\",\"displayName\":null,"
	    "\"userPrincipalName\":\"%s\",\"ipAddress\":\"%s\","
	    "\"userType\":\"Member\",\"homeTenantId\":null,"
	    "\"homeTenantName\":null}}",
	    p->oid, p->upn, who->ip);
}

void
directory_by_app(struct gen *gen, const struct app_view *app, const char *ip,
    enum net_id net)
{
	gen_begin(gen);
	set_address(gen, ip);
	gen_set_guid(gen, F_INTRA);
	gen_set_guid(gen, F_CORR);
	gen_set(gen, F_IP, ip);
	gen_set(gen, F_COUNTRY, nets[net].country);
	gen_set(gen, F_UA, "Microsoft Azure Graph Client Library 1.0");
	gen_set(gen, F_UKEY, "Not Available");
	gen_set(gen, F_UTYPE, "4");
	gen_setf(gen, F_USERID, "ServicePrincipal_%s", app->principal);
	gen_set(gen, F_DETAILS,
	    "{\"User-Agent\":\"Microsoft Azure Graph Client Library 1.0\"}");
	gen_setf(gen, F_ACTOR,
	    "{\"ID\":\"%s\",\"Type\":1},{\"ID\":\"%s\",\"Type\":2},"
	    "{\"ID\":\"ServicePrincipal_%s\",\"Type\":2},"
	    "{\"ID\":\"%s\",\"Type\":2},{\"ID\":\"ServicePrincipal\","
	    "\"Type\":2}",
	    app->app.name, app->app.id, app->principal, app->principal);
	gen_setf(gen, F_BYWHOM,
	    "{\"user\":null,\"app\":{\"appId\":\"%s\",\"displayName\":\"%s\","
	    "\"servicePrincipalId\":\"%s\",\"servicePrincipalName\":null}}",
	    app->app.id, app->app.name, app->principal);
}

void
directory_on_person(struct gen *gen, const struct person *person)
{
	gen_set(gen, F_TOID, person->oid);
	gen_set(gen, F_TUPN, person->upn);
	gen_set(gen, F_TPUID, person->puid);
	gen_set(gen, F_TNAME, person->name);
	gen_setf(gen, F_TARGETUPN, "\"%s\"", person->upn);
}

void
directory_on_principal(struct gen *gen, const struct app_view *app)
{
	directory_on_thing(gen, app->principal, app->app.name);
	gen_set(gen, F_TAPP, app->app.id);
	gen_set(gen, F_TSPN, app->app.names);
}

void
directory_on_app(struct gen *gen, const struct app_view *app)
{
	directory_on_thing(gen, app->object, app->app.name);
	gen_set(gen, F_TAPP, app->app.id);
}

void
directory_on_thing(struct gen *gen, const char *id, const char *name)
{
	gen_set(gen, F_TOID, id);
	gen_set(gen, F_TNAME, name);
	gen_set(gen, F_TARGETUPN, "null");
}

void
directory_emit(struct gen *gen, enum change change)
{
	const struct directory_row *row = &directory_rows[change];
	const struct tmpl *audit = &gen->directory->audit[change];
	const struct tmpl *graph = &gen->directory->graph[change];

	if (directory_left[change].kind && !gen->truth.by_tenant)
		gen_way(gen, directory_left[change].kind,
		    gen->v[directory_left[change].object],
		    gen->v[directory_left[change].also]);
	gen_emit_as(
	    gen, &(struct gen_shape){audit, STREAM_AUDIT, row->operation, 8});
	gen_setf(gen, F_ID, "Directory_" SLICE_FMT "_%05X_%u",
	    SLICE_ARG(gen->v[F_CORR]), rng_below(&gen->rng, 0x100000),
	    rng_range(&gen->rng, 10000000, 199999999));
	gen_emit_as(
	    gen, &(struct gen_shape){graph, STREAM_DIRECTORY, row->name, 0});
	gen_set_guid(gen, F_ID);
	/* another change may follow */
	buf_clear(&gen->facts);
}

void
directory_role_grant(struct gen *gen, const struct role_grant *grant)
{
	gen_set(gen, F_P1, grant->role_id);
	gen_set(gen, F_P2, grant->role);
	gen_set(gen, F_P3, grant->role_name);
	gen_set(gen, F_P4, grant->app->principal);
	gen_set(gen, F_P5, grant->app->app.name);
	gen_set(gen, F_P6, grant->app->app.id);
	directory_on_principal(gen, grant->resource);
	directory_emit(gen, CHANGE_ROLE_GRANT);
}

void
directory_consent(struct gen *gen, const struct consent *c)
{
	directory_by_person(gen, c->who);
	if (c->new_principal) {
		gen_set(gen, F_DETAILS, "{\"User-Agent\":\"EvoSTS\"}");
		gen_set(gen, F_P1, "app.vendor.example");
		directory_on_principal(gen, c->app);
		directory_emit(gen, CHANGE_ADD_PRINCIPAL);
	}
	gen_set(gen, F_P1, c->by_admin ? "True" : "False");
	gen_set(gen, F_P2, gen_base64(gen, 43));
	gen_set(gen, F_P3, c->app->principal);
	gen_set(gen, F_P4, c->by_admin ? "" : c->who->person->oid);
	gen_set(gen, F_P5, c->resource->principal);
	gen_set(gen, F_P6, c->by_admin ? "AllPrincipals" : "Principal");
	gen_set(gen, F_P7, c->scopes);
	directory_on_principal(gen, c->app);
	directory_emit(gen, CHANGE_CONSENT);
	directory_emit(gen, CHANGE_ASSIGN_TO_USER);
	directory_on_principal(gen, c->resource);
	directory_emit(gen, CHANGE_DELEGATED_GRANT);
}

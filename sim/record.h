#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "gen.h"

/*
 * record - what people and apps do, one function per deed; each writes the
 * record or the few records that the suite would.
 *
 * They happen at gen->now_us and draw details from gen->rng.
 */

/* --- mail (record_mail.c) --- */

enum mail_folder {
	FOLDER_INBOX, FOLDER_SENT, FOLDER_DRAFTS, FOLDER_DELETED,
	FOLDER_ARCHIVE, FOLDER_PROJECTS, FOLDER_RSS, FOLDER_RECOVERABLE,
	FOLDER_COUNT,
};

enum mail_client { CLIENT_WEB, CLIENT_MOBILE, CLIENT_BACKGROUND };

/* How someone reads a mailbox; what is left zero is ordinary. */
struct mail_read {
	const struct who *who;
	const struct person *mailbox; /* NULL: their own */
	enum mail_client client;
	enum mail_folder folder;
	unsigned messages; /* 0: as many as people read in two minutes */
	const char *app, *client_app;
};

void mail_bind(struct gen *gen, const struct mail_read *read);

/* An app reads with rights of its own, through EWS or Graph. */
struct mail_app_read {
	const struct app_view *app;
	const struct person *mailbox;
	const char *ip;
	bool ews;
	bool throttled;
	unsigned messages;
};

void mail_bind_by_app(struct gen *gen, const struct mail_app_read *read);

void mail_sync(struct gen *gen, const struct who *who, enum mail_folder folder);

/* Subject NULL: an ordinary one. */
void mail_send(struct gen *gen, const struct who *who, const char *subject);
void mail_create(struct gen *gen, const struct who *who);
void mail_update(struct gen *gen, const struct who *who);
void mail_search(struct gen *gen, const struct who *who, const char *query);
void mail_folder_rights(struct gen *gen, const struct who *who);

enum mail_delete { DELETE_MOVE, DELETE_SOFT, DELETE_HARD };

void mail_delete(struct gen *gen, const struct who *who, enum mail_delete how,
    const char *subject);

/* --- Exchange administration (record_exchange.c) --- */

struct parameter {
	const char *name, *value;
};

/* A cmdlet that someone ran; the list ends with a NULL name. */
void exchange_admin(struct gen *gen, const struct who *who, const char *cmdlet,
    const char *object, const struct parameter *parameters);

/* A rule that people make for newsletters and the like. */
void exchange_ordinary_rule(struct gen *gen, const struct who *who);

/* One of the cmdlets that the service runs at night; n chooses. */
#define EXCHANGE_CHORES 40
void exchange_chore(struct gen *gen, unsigned n);

/* --- files (record_files.c) --- */

enum file_deed {
	FILE_ACCESS, FILE_MODIFY, FILE_DOWNLOAD, FILE_UPLOAD, FILE_PREVIEW,
	FILE_SYNC, FILE_SHARE, FILE_LINK,
};

struct file {
	bool personal; /* in their own OneDrive; else on a team's site */
	uint32_t site, number;
};

struct file file_pick(struct gen *gen);
void file_deed(struct gen *gen, const struct who *who, enum file_deed deed,
    const struct file *file);
void file_page(struct gen *gen, const struct who *who);
void file_list(struct gen *gen, const struct who *who);
void file_folder(struct gen *gen, const struct who *who);
void file_group(struct gen *gen, const struct who *who);

/* --- Teams (record_teams.c) --- */

void teams_message(struct gen *gen, const struct who *who);
void teams_session(struct gen *gen, const struct who *who);
void teams_chat(struct gen *gen, const struct who *who);
void teams_member(struct gen *gen, const struct who *who);
void teams_meeting(struct gen *gen, const struct who *who);

/* --- sign-ins (record_signin.c) --- */

/* One sign-in; what is left zero is an ordinary one that works. */
struct signin {
	const struct who *who;
	enum app_id app, resource; /* APP_GRAPH, the zero, is as good as any */
	unsigned error;
	bool device_code;
	bool single_factor;
	bool silent;             /* refresh token: Event Hub only */
	const char *token;       /* incomingTokenType */
	const char *transfer;    /* originalTransferMethod */
	const char *risk;        /* level, if the suite saw any */
	const char *risk_type;
	bool unbound;
};

void signin(struct gen *gen, const struct signin *signin);

struct service_signin {
	const struct app_view *app;
	enum app_id resource;
	const char *ip;
	enum net_id net;
	const char *key;  /* NULL: its usual credential */
	bool certificate; /* else a secret */
};

void signin_service(struct gen *gen, const struct service_signin *signin);

/* A call of Graph by a person's client, or by an app (who NULL). */
struct graph_call {
	const struct who *who;
	const struct app_view *app;
	const char *ip; /* of the app */
	enum net_id net;
	const char *agent;
	const char *verb, *uri, *scopes;
	unsigned status;
};

void graph_call(struct gen *gen, const struct graph_call *call);

/* An ordinary one. */
void graph_ordinary(struct gen *gen, const struct who *who);

/* --- compliance centre (record_alert.c) --- */

struct alert {
	const char *name, *category, *severity, *operation;
	const struct person *about;
};

void alert(struct gen *gen, const struct alert *alert);
void compliance_cmdlet(struct gen *gen, const struct who *who);
void compliance_insights(struct gen *gen, const struct who *who);

#endif

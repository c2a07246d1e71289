#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include "apps.h"
#include "gen.h"

/*
 * record - what people and apps do, one function per deed; each writes the
 * record or the few records that the suite would.
 *
 * They happen at gen->now_us and draw details from gen->rng.
 */

/* --- mail (record_mail.c) --- */

enum mail_folder {
	FOLDER_INBOX,
	FOLDER_SENT,
	FOLDER_DRAFTS,
	FOLDER_DELETED,
	FOLDER_ARCHIVE,
	FOLDER_PROJECTS,
	FOLDER_RSS,
	FOLDER_RECOVERABLE,
	FOLDER_COUNT,
};

enum mail_client { CLIENT_WEB, CLIENT_MOBILE, CLIENT_BACKGROUND };

/* What is read of a mailbox at once; what is left zero is ordinary. */
struct mail_items {
	enum mail_folder folder;
	unsigned messages;  /* 0: as many as people read in two minutes */
	uint32_t first;     /* from this one of the folder on; 0: any */
	bool throttled;     /* the last record before the log falls silent */
	const char *unseen; /* why no record tells it; NULL: one does */
};

/* How someone reads a mailbox. */
struct mail_read {
	const struct who *who;
	const struct person *mailbox; /* NULL: their own */
	enum mail_client client;
	bool ews; /* by client_app, through EWS */
	const char *app, *client_app;
	struct mail_items items;
};

void mail_bind(struct gen *gen, const struct mail_read *read);

/* An app reads with rights of its own, through EWS or Graph. */
struct mail_app_read {
	const struct app_view *app;
	const struct person *mailbox;
	const char *ip;
	bool ews;
	bool attachments; /* only what hangs on the messages */
	struct mail_items items;
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

/* --- Exchange administration (record_admin.c) --- */

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

/* --- files (record_collab.c) --- */

enum file_deed {
	FILE_ACCESS,
	FILE_MODIFY,
	FILE_DOWNLOAD,
	FILE_UPLOAD,
	FILE_PREVIEW,
	FILE_SYNC,
	FILE_SHARE,
	FILE_LINK,
};

struct file {
	bool personal; /* in their own OneDrive; else on a team's site */
	uint32_t site, number;
};

struct file file_pick(struct gen *gen);
void file_deed(struct gen *gen, const struct who *who, enum file_deed deed,
    const struct file *file);
/* The link to a file of that URL is taken away again. */
void file_unlink(struct gen *gen, const struct who *who, const char *url,
    const struct file *file);
void file_page(struct gen *gen, const struct who *who);
void file_list(struct gen *gen, const struct who *who);
void file_folder(struct gen *gen, const struct who *who);
void file_group(struct gen *gen, const struct who *who);

/* --- Teams (record_collab.c) --- */

void teams_message(struct gen *gen, const struct who *who);
void teams_session(struct gen *gen, const struct who *who);
void teams_chat(struct gen *gen, const struct who *who);
void teams_member(struct gen *gen, const struct who *who);
void teams_meeting(struct gen *gen, const struct who *who);

/* --- compliance centre (record_admin.c) --- */

struct alert {
	const char *name, *category, *severity, *operation;
	const struct person *about;
};

void alert(struct gen *gen, const struct alert *alert);
void compliance_cmdlet(struct gen *gen, const struct who *who);
void compliance_insights(struct gen *gen, const struct who *who);

/* --- data loss prevention (record_dlp.c) --- */

/* A policy sees what may not leave, in mail, in a file or on a device. */
void dlp_match(struct gen *gen, const struct who *who);

#endif

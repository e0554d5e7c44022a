/*
 * What programs do with the C client: its operations, watches, transactions, access control,
 * lost connections, lost sessions, and a lock.
 *
 *     recipes HOST:PORT
 *
 * Prints "ok NAME" for each part. A line "drop" asks whoever reads it to close all connections to
 * the server, "expire ID PASSWORD" (in hexadecimal) to end that session. The first expectation
 * that is not met ends the program with status 1.
 */
#define THREADED
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

#define SESSION_TIMEOUT 10000
#define DEADLINE_SECONDS 20

#define EXPECT(condition)                                             \
    do {                                                              \
        if (!(condition)) fail(__LINE__, "%s", #condition);           \
    } while (0)

#define EXPECT_CODE(expected, call)                                   \
    do {                                                              \
        int code_ = (call);                                           \
        if (code_ != (expected))                                      \
            fail(__LINE__, "%s is %s", #call, zerror(code_));         \
    } while (0)

static void fail(int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "recipes.c:%d: ", line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(1);
}

/* ---- a client, and the events it was told ------------------------------------------------ */

#define EVENTS 4096

struct event {
    int type, state;
    char path[128];
};

struct client {
    zhandle_t *handle;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct event events[EVENTS];
    int told, taken;
};

static const char *server;

static void on_event(zhandle_t *handle, int type, int state, const char *path, void *context) {
    struct client *client = context;
    (void)handle;
    pthread_mutex_lock(&client->lock);
    EXPECT(client->told < EVENTS);
    struct event *event = &client->events[client->told++];
    event->type = type;
    event->state = state;
    snprintf(event->path, sizeof event->path, "%s", path ? path : "");
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

/* Takes the next event and returns it, or fails at the deadline. */
static struct event next_event(struct client *client, int line) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_SECONDS;
    pthread_mutex_lock(&client->lock);
    while (client->taken == client->told)
        if (pthread_cond_timedwait(&client->changed, &client->lock, &deadline))
            fail(line, "no event in time");
    struct event event = client->events[client->taken++];
    pthread_mutex_unlock(&client->lock);
    return event;
}

static void expect_event(struct client *client, int line, int type, const char *path) {
    struct event event = next_event(client, line);
    if (event.type != type || strcmp(event.path, path))
        fail(line, "event %d of %s, not %d of %s", event.type, event.path, type, path);
}

static void expect_state(struct client *client, int line, int state) {
    struct event event = next_event(client, line);
    if (event.type != ZOO_SESSION_EVENT || event.state != state)
        fail(line, "event %d, state %d, not state %d", event.type, event.state, state);
}

#define EVENT(client, type, path) expect_event(client, __LINE__, type, path)
#define STATE(client, state) expect_state(client, __LINE__, state)

static int events_left(struct client *client) {
    pthread_mutex_lock(&client->lock);
    int left = client->told - client->taken;
    pthread_mutex_unlock(&client->lock);
    return left;
}

static struct client *start(const clientid_t *id) {
    struct client *client = calloc(1, sizeof *client);
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->changed, NULL);
    client->handle = zookeeper_init(server, on_event, SESSION_TIMEOUT, id, client, 0);
    EXPECT(client->handle);
    return client;
}

static struct client *connected(void) {
    struct client *client = start(NULL);
    STATE(client, ZOO_CONNECTED_STATE);
    return client;
}

static void stop(struct client *client) {
    EXPECT_CODE(ZOK, zookeeper_close(client->handle));
    free(client);
}

static void drop_connections(void) {
    puts("drop");
    fflush(stdout);
}

static void create(struct client *client, const char *path, const char *data, int mode) {
    EXPECT_CODE(ZOK, zoo_create(client->handle, path, data, (int)strlen(data),
                                &ZOO_OPEN_ACL_UNSAFE, mode, NULL, 0));
}

static void expire(const clientid_t *id) {
    printf("expire %016llx ", (unsigned long long)id->client_id);
    for (size_t i = 0; i < sizeof id->passwd; i++) printf("%02x", (unsigned char)id->passwd[i]);
    puts("");
    fflush(stdout);
}

/* ---- one node, its data, its children ---------------------------------------------------- */

static void nodes(void) {
    struct client *client = connected();
    zhandle_t *zk = client->handle;
    struct Stat stat, again;
    char path[64], data[64];
    int length = sizeof data;

    EXPECT_CODE(ZOK, zoo_create2(zk, "/c", "one", 3, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, path,
                                 sizeof path, &stat));
    EXPECT(!strcmp(path, "/c") && stat.version == 0 && stat.dataLength == 3);
    EXPECT_CODE(ZNODEEXISTS, zoo_create(zk, "/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    EXPECT_CODE(ZNONODE, zoo_create(zk, "/no/c", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    EXPECT_CODE(ZOK, zoo_get(zk, "/c", 0, data, &length, &again));
    EXPECT(length == 3 && !memcmp(data, "one", 3));
    EXPECT(again.czxid == stat.czxid && again.mzxid == stat.mzxid && again.pzxid == stat.pzxid);
    EXPECT(again.ctime == stat.ctime && again.mtime == stat.mtime);

    EXPECT_CODE(ZOK, zoo_set2(zk, "/c", "three", 5, 0, &again));
    EXPECT(again.version == 1 && again.czxid == stat.czxid && again.mzxid > stat.mzxid);
    EXPECT_CODE(ZBADVERSION, zoo_set(zk, "/c", "x", 1, 0));
    EXPECT_CODE(ZOK, zoo_set(zk, "/c", NULL, -1, -1));
    length = sizeof data;
    EXPECT_CODE(ZOK, zoo_get(zk, "/c", 0, data, &length, &stat));
    EXPECT(length == -1 && stat.dataLength == 0 && stat.version == 2);

    create(client, "/c/ephemeral", "", ZOO_EPHEMERAL);
    EXPECT_CODE(ZNOCHILDRENFOREPHEMERALS,
                zoo_create(zk, "/c/ephemeral/x", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    for (int i = 1; i <= 3; i++) {
        char expected[64];
        EXPECT_CODE(ZOK, zoo_create(zk, "/c/n-", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                                    ZOO_PERSISTENT_SEQUENTIAL, path, sizeof path));
        snprintf(expected, sizeof expected, "/c/n-%010d", i);
        EXPECT(!strcmp(path, expected));
    }
    EXPECT_CODE(ZOK, zoo_create(zk, "/c/box", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_CONTAINER, NULL, 0));
    EXPECT_CODE(ZOK, zoo_create_ttl(zk, "/c/ttl", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                                    ZOO_PERSISTENT_WITH_TTL, 60000, NULL, 0));
    struct String_vector children;
    EXPECT_CODE(ZOK, zoo_get_children2(zk, "/c", 0, &children, &stat));
    EXPECT(children.count == 6 && stat.numChildren == 6 && stat.cversion == 6);
    deallocate_String_vector(&children);
    EXPECT_CODE(ZOK, zoo_exists(zk, "/c/ephemeral", 0, &stat));
    EXPECT(stat.ephemeralOwner == zoo_client_id(zk)->client_id);

    EXPECT_CODE(ZNOTEMPTY, zoo_delete(zk, "/c", -1));
    EXPECT_CODE(ZBADVERSION, zoo_delete(zk, "/c/box", 7));
    EXPECT_CODE(ZNONODE, zoo_delete(zk, "/c/none", -1));
    EXPECT_CODE(ZOK, zoo_delete(zk, "/c/box", 0));
    EXPECT_CODE(ZBADARGUMENTS, zoo_create(zk, "/c/", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
    length = sizeof data;
    EXPECT_CODE(ZOK, zoo_getconfig(zk, 0, data, &length, &stat));
    stop(client);
}

/* ---- many requests at once --------------------------------------------------------------- */

#define MANY 2000

struct answers {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count, in_order, failed;
};

struct ticket {
    struct answers *answers;
    int number;
};

static void answer(const struct ticket *ticket, int code) {
    struct answers *answers = ticket->answers;
    pthread_mutex_lock(&answers->lock);
    answers->in_order += answers->count == ticket->number;
    answers->failed += code != ZOK;
    answers->count++;
    pthread_cond_broadcast(&answers->changed);
    pthread_mutex_unlock(&answers->lock);
}

static void on_string(int code, const char *value, const void *data) {
    (void)value;
    answer(data, code);
}

static void on_data(int code, const char *value, int length, const struct Stat *stat,
                    const void *data) {
    (void)value, (void)length, (void)stat;
    answer(data, code);
}

static void on_done(int code, const void *data) { answer(data, code); }

static void pipeline(void) {
    static struct ticket tickets[MANY];
    static char paths[MANY][32];
    struct answers answers = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
    struct client *client = connected();
    zhandle_t *zk = client->handle;
    create(client, "/many", "", ZOO_PERSISTENT);
    for (int i = 0; i < MANY; i++) {
        tickets[i] = (struct ticket){&answers, i};
        snprintf(paths[i], sizeof paths[i], "/many/%d", i / 4);
        switch (i % 4) {
        case 0:
            EXPECT_CODE(ZOK, zoo_acreate(zk, paths[i], "x", 1, &ZOO_OPEN_ACL_UNSAFE, 0, on_string,
                                         &tickets[i]));
            break;
        case 1: EXPECT_CODE(ZOK, zoo_aget(zk, paths[i], 0, on_data, &tickets[i])); break;
        case 2: EXPECT_CODE(ZOK, zoo_async(zk, paths[i], on_string, &tickets[i])); break;
        default: EXPECT_CODE(ZOK, zoo_adelete(zk, paths[i], 0, on_done, &tickets[i]));
        }
    }
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_SECONDS;
    pthread_mutex_lock(&answers.lock);
    while (answers.count < MANY)
        EXPECT(!pthread_cond_timedwait(&answers.changed, &answers.lock, &deadline));
    pthread_mutex_unlock(&answers.lock);
    EXPECT(answers.in_order == MANY && answers.failed == 0);
    stop(client);
}

/* ---- data as large as the server takes ---------------------------------------------------- */

static void large(void) {
    struct client *client = connected();
    int length = 1000 * 1000;
    char *data = malloc(length), *back = malloc(length);
    struct Stat stat;
    for (int i = 0; i < length; i++) data[i] = (char)(i * 31);
    create(client, "/large", "", ZOO_PERSISTENT);
    EXPECT_CODE(ZOK, zoo_set(client->handle, "/large", data, length, -1));
    EXPECT_CODE(ZOK, zoo_get(client->handle, "/large", 0, back, &length, &stat));
    EXPECT(length == 1000 * 1000 && !memcmp(data, back, length));
    free(data);
    data = calloc(1, 2 * 1024 * 1024);
    EXPECT_CODE(ZCONNECTIONLOSS,
                zoo_set(client->handle, "/large", data, 2 * 1024 * 1024, -1));
    STATE(client, ZOO_CONNECTING_STATE);
    STATE(client, ZOO_CONNECTED_STATE);
    EXPECT_CODE(ZOK, zoo_exists(client->handle, "/large", 0, &stat));
    EXPECT(stat.dataLength == length);
    free(data);
    free(back);
    stop(client);
}

/* ---- watches ------------------------------------------------------------------------------ */

static void watches(void) {
    struct client *writer = connected(), *reader = connected();
    zhandle_t *zk = reader->handle;
    struct Stat stat;
    char data[64];
    int length = sizeof data;
    struct String_vector children;

    EXPECT_CODE(ZNONODE, zoo_wexists(zk, "/w", on_event, reader, &stat));
    create(writer, "/w", "", ZOO_PERSISTENT);
    EVENT(reader, ZOO_CREATED_EVENT, "/w");
    EXPECT_CODE(ZOK, zoo_wget(zk, "/w", on_event, reader, data, &length, &stat));
    EXPECT_CODE(ZOK, zoo_wget_children(zk, "/w", on_event, reader, &children));
    deallocate_String_vector(&children);
    EXPECT_CODE(ZOK, zoo_set(writer->handle, "/w", "1", 1, -1));
    EVENT(reader, ZOO_CHANGED_EVENT, "/w");
    EXPECT_CODE(ZOK, zoo_set(writer->handle, "/w", "2", 1, -1));
    create(writer, "/w/child", "", ZOO_PERSISTENT);
    EVENT(reader, ZOO_CHILD_EVENT, "/w");
    EXPECT_CODE(ZOK, zoo_wexists(zk, "/w/child", on_event, reader, &stat));
    EXPECT_CODE(ZOK, zoo_delete(writer->handle, "/w/child", -1));
    EVENT(reader, ZOO_DELETED_EVENT, "/w/child");

    /* Given up here, it is not told. */
    EXPECT_CODE(ZOK, zoo_wexists(zk, "/w", on_event, reader, &stat));
    EXPECT_CODE(ZOK, zoo_remove_watches(zk, "/w", ZWATCHTYPE_DATA, on_event, reader, 0));
    EXPECT_CODE(ZNOWATCHER,
                zoo_remove_watches(zk, "/w", ZWATCHTYPE_DATA, on_event, reader, 0));
    EXPECT_CODE(ZOK, zoo_delete(writer->handle, "/w", -1));
    EXPECT_CODE(ZNONODE, zoo_exists(zk, "/w", 0, &stat));
    EXPECT(events_left(reader) == 0);

    /* A watcher's own write. */
    EXPECT_CODE(ZNONODE, zoo_wexists(zk, "/w", on_event, reader, &stat));
    create(reader, "/w", "", ZOO_EPHEMERAL);
    EVENT(reader, ZOO_CREATED_EVENT, "/w");
    EXPECT_CODE(ZOK, zoo_wexists(writer->handle, "/w", on_event, writer, &stat));
    stop(reader);
    EVENT(writer, ZOO_DELETED_EVENT, "/w");
    stop(writer);
}

/* ---- transactions ------------------------------------------------------------------------- */

static void transactions(void) {
    struct client *client = connected();
    zhandle_t *zk = client->handle;
    char path[64], number[64];
    struct Stat stat;
    zoo_op_t ops[5];
    zoo_op_result_t results[5];

    zoo_create_op_init(&ops[0], "/t", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_create_op_init(&ops[1], "/t/n-", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL,
                       number, sizeof number);
    zoo_check_op_init(&ops[2], "/t", 0);
    zoo_set_op_init(&ops[3], "/t", "data", 4, 0, &stat);
    zoo_delete_op_init(&ops[4], "/t/n-0000000000", 0);
    EXPECT_CODE(ZOK, zoo_multi(zk, 5, ops, results));
    for (int i = 0; i < 5; i++) EXPECT_CODE(ZOK, results[i].err);
    EXPECT(!strcmp(path, "/t") && !strcmp(number, "/t/n-0000000000"));
    EXPECT(stat.version == 1 && stat.dataLength == 4 && stat.mzxid == stat.czxid);

    zoo_create_op_init(&ops[0], "/t/a", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
    zoo_check_op_init(&ops[1], "/t", 7);
    zoo_delete_op_init(&ops[2], "/t/a", -1);
    EXPECT_CODE(ZBADVERSION, zoo_multi(zk, 3, ops, results));
    EXPECT_CODE(ZOK, results[0].err);
    EXPECT_CODE(ZBADVERSION, results[1].err);
    EXPECT_CODE(ZRUNTIMEINCONSISTENCY, results[2].err);
    EXPECT_CODE(ZNONODE, zoo_exists(zk, "/t/a", 0, &stat));
    stop(client);
}

/* ---- who may do what ---------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done, code;
} authentication = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void on_authenticated(int code, const void *data) {
    (void)data;
    pthread_mutex_lock(&authentication.lock);
    authentication.code = code;
    authentication.done = 1;
    pthread_cond_signal(&authentication.changed);
    pthread_mutex_unlock(&authentication.lock);
}

static int authenticate(struct client *client, const char *scheme, const char *secret) {
    authentication.done = 0;
    EXPECT_CODE(ZOK, zoo_add_auth(client->handle, scheme, secret, (int)strlen(secret),
                                  on_authenticated, NULL));
    pthread_mutex_lock(&authentication.lock);
    while (!authentication.done) pthread_cond_wait(&authentication.changed, &authentication.lock);
    pthread_mutex_unlock(&authentication.lock);
    return authentication.code;
}

static void access_control(void) {
    struct client *owner = connected(), *stranger = connected();
    struct ACL_vector acl;
    struct Stat stat;
    char data[8];
    int length = sizeof data;

    EXPECT_CODE(ZINVALIDACL, zoo_create(owner->handle, "/acl", "", 0, &ZOO_CREATOR_ALL_ACL, 0,
                                        NULL, 0));
    EXPECT_CODE(ZOK, authenticate(owner, "digest", "user:secret"));
    EXPECT_CODE(ZOK, zoo_create(owner->handle, "/acl", "", 0, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    EXPECT_CODE(ZOK, zoo_get_acl(owner->handle, "/acl", &acl, &stat));
    EXPECT(acl.count == 1 && acl.data[0].perms == ZOO_PERM_ALL);
    EXPECT(!strcmp(acl.data[0].id.scheme, "digest"));
    deallocate_ACL_vector(&acl);
    EXPECT_CODE(ZNOAUTH, zoo_get(stranger->handle, "/acl", 0, data, &length, &stat));
    EXPECT_CODE(ZNOAUTH, zoo_set(stranger->handle, "/acl", "", 0, -1));
    EXPECT_CODE(ZNOAUTH, zoo_get_acl(stranger->handle, "/acl", &acl, &stat));
    EXPECT_CODE(ZOK, zoo_set_acl(owner->handle, "/acl", 0, &ZOO_READ_ACL_UNSAFE));
    EXPECT_CODE(ZOK, zoo_get(stranger->handle, "/acl", 0, data, &length, &stat));
    EXPECT(stat.aversion == 1 && stat.version == 0);

    EXPECT_CODE(ZAUTHFAILED, authenticate(stranger, "nonsense", "x"));
    STATE(stranger, ZOO_AUTH_FAILED_STATE);
    stop(stranger);
    stop(owner);
}

/* ---- connections come and go -------------------------------------------------------------- */

static void reconnect(void) {
    struct client *writer = connected(), *client = connected();
    zhandle_t *zk = client->handle;
    clientid_t before = *zoo_client_id(zk);
    struct Stat stat;
    struct String_vector children;
    char data[8];
    int length = sizeof data;

    EXPECT_CODE(ZOK, authenticate(client, "digest", "user:secret"));
    EXPECT_CODE(ZOK, zoo_create(zk, "/r", "", 0, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
    EXPECT_CODE(ZOK, zoo_set_acl(zk, "/r", -1, &ZOO_OPEN_ACL_UNSAFE));
    create(client, "/r/mine", "", ZOO_EPHEMERAL);
    EXPECT_CODE(ZOK, zoo_wget(zk, "/r", on_event, client, data, &length, &stat));
    EXPECT_CODE(ZOK, zoo_wget_children(zk, "/r", on_event, client, &children));
    deallocate_String_vector(&children);
    EXPECT_CODE(ZNONODE, zoo_wexists(zk, "/r/later", on_event, client, &stat));

    drop_connections();
    STATE(client, ZOO_CONNECTING_STATE);
    STATE(client, ZOO_CONNECTED_STATE);
    EXPECT(zoo_client_id(zk)->client_id == before.client_id);
    EXPECT_CODE(ZOK, zoo_exists(zk, "/r/mine", 0, &stat));
    EXPECT(stat.ephemeralOwner == before.client_id);
    STATE(writer, ZOO_CONNECTING_STATE);
    STATE(writer, ZOO_CONNECTED_STATE);

    /* Its watches are in place again. */
    EXPECT_CODE(ZOK, zoo_set(writer->handle, "/r", "x", 1, -1));
    EVENT(client, ZOO_CHANGED_EVENT, "/r");
    create(writer, "/r/later", "", ZOO_PERSISTENT);
    EVENT(client, ZOO_CREATED_EVENT, "/r/later");
    EVENT(client, ZOO_CHILD_EVENT, "/r");
    EXPECT(events_left(client) == 0);
    stop(client);
    stop(writer);
}

static void sessions(void) {
    struct client *observer = connected(), *client = connected();
    clientid_t id = *zoo_client_id(client->handle);
    struct Stat stat;
    create(client, "/s", "", ZOO_EPHEMERAL);
    EXPECT_CODE(ZOK, zoo_wexists(observer->handle, "/s", on_event, observer, &stat));
    expire(&id);
    EVENT(observer, ZOO_DELETED_EVENT, "/s");
    STATE(client, ZOO_CONNECTING_STATE);
    STATE(client, ZOO_EXPIRED_SESSION_STATE);
    EXPECT(is_unrecoverable(client->handle));
    stop(client);

    /* A wrong password does not give a session, but its connection is closed. */
    id = *zoo_client_id(observer->handle);
    id.passwd[0] ^= 1;
    client = start(&id);
    STATE(client, ZOO_EXPIRED_SESSION_STATE);
    stop(client);
    STATE(observer, ZOO_CONNECTING_STATE);
    STATE(observer, ZOO_CONNECTED_STATE);
    EXPECT(zoo_client_id(observer->handle)->client_id == id.client_id);
    stop(observer);
}

/* ---- a lock -------------------------------------------------------------------------------- */

#define LOCKERS 6
#define ROUNDS 5

static int holders, entries;

static int by_number(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The child just before `name`, or NULL if it is the first. */
static char *predecessor(struct String_vector *children, const char *name) {
    qsort(children->data, children->count, sizeof *children->data, by_number);
    for (int i = 0; i < children->count; i++)
        if (!strcmp(children->data[i], name)) return i ? children->data[i - 1] : NULL;
    fail(__LINE__, "%s is gone", name);
    return NULL;
}

static void hold_lock(struct client *client) {
    zhandle_t *zk = client->handle;
    char path[64], before[64];
    struct Stat stat;
    EXPECT_CODE(ZOK, zoo_create(zk, "/lock/n-", "", 0, &ZOO_OPEN_ACL_UNSAFE,
                                ZOO_EPHEMERAL_SEQUENTIAL, path, sizeof path));
    for (;;) {
        struct String_vector children;
        EXPECT_CODE(ZOK, zoo_get_children(zk, "/lock", 0, &children));
        char *previous = predecessor(&children, path + strlen("/lock/"));
        snprintf(before, sizeof before, "/lock/%s", previous ? previous : "");
        deallocate_String_vector(&children);
        if (!previous) break;
        int code = zoo_wexists(zk, before, on_event, client, &stat);
        EXPECT(code == ZOK || code == ZNONODE);
        if (code == ZOK) EVENT(client, ZOO_DELETED_EVENT, before);
        else EXPECT_CODE(ZOK, zoo_remove_watches(zk, before, ZWATCHTYPE_DATA, on_event, client, 0));
    }
    EXPECT(__sync_fetch_and_add(&holders, 1) == 0);
    entries++;
    EXPECT(__sync_fetch_and_sub(&holders, 1) == 1);
    EXPECT_CODE(ZOK, zoo_delete(zk, path, -1));
}

static void *locker(void *unused) {
    struct client *client = connected();
    for (int i = 0; i < ROUNDS; i++) hold_lock(client);
    stop(client);
    return unused;
}

static void lock(void) {
    pthread_t threads[LOCKERS];
    struct client *client = connected();
    create(client, "/lock", "", ZOO_PERSISTENT);
    for (int i = 0; i < LOCKERS; i++) EXPECT(!pthread_create(&threads[i], NULL, locker, NULL));
    for (int i = 0; i < LOCKERS; i++) EXPECT(!pthread_join(threads[i], NULL));
    EXPECT(entries == LOCKERS * ROUNDS);
    stop(client);
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"nodes", nodes},         {"pipeline", pipeline},
        {"large", large},         {"watches", watches},
        {"transactions", transactions}, {"access control", access_control},
        {"reconnect", reconnect}, {"sessions", sessions},
        {"lock", lock},
    };
    EXPECT(count == 2);
    server = arguments[1];
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i].run();
        printf("ok %s\n", parts[i].name);
        fflush(stdout);
    }
    return 0;
}

/* The readers of the fan-out benchmark: thousands of WebSockets in one process, in C so that they are never the limit.
 *
 * reader PORT PATH RECEIVE_BUFFER [SAY AWAIT]…   joins by sending each SAY ("%d": the topic) and waiting for its AWAIT.
 * Commands on stdin, each answered by one line:
 *   open SOCKETS TOPICS   connects and joins        → opened
 *   settle                reads until it is quiet   → settled
 *   expect COUNT          reads COUNT deliveries    → CPU seconds of this process so far
 *   delays COUNT          the same                  → median, p99 and worst delay in microseconds, samples
 *   dead EVERY            every EVERY-th socket is not read any more → how many
 * A delivery is a text frame of 200 bytes or more; its delay is counted from the stamp in "at":NANOSECONDS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 20000, SMALLEST = 200, PATIENCE = 60, QUIET = 400, ROOM = 1 << 18 };

static struct reader { int socket; long left, size; int head_size; unsigned char head[10]; } readers[SOCKETS];
static int count, epoll;
static long seen, *delays, delay_count, delay_room;
static char data[ROOM];

static long now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void say(int socket, const char *words) { /* one text frame, masked with zeros */
    unsigned char frame[600];
    size_t size = strlen(words), head = size < 126 ? 2 : 4;
    frame[0] = 0x81, frame[1] = (unsigned char)(0x80 | (size < 126 ? size : 126));
    if (head == 4) frame[2] = (unsigned char)(size >> 8), frame[3] = (unsigned char)size;
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, words, size);
    if (send(socket, frame, head + 4 + size, MSG_NOSIGNAL) < 0) fail("cannot join");
}

static void await(int socket, size_t *size, const char *words) { /* what came after them stays in data */
    char *found;
    while (!(found = memmem(data, *size, words, strlen(words)))) {
        ssize_t got = recv(socket, data + *size, ROOM - *size, 0);
        if (got <= 0) fail(words);
        *size += (size_t)got;
    }
    found += strlen(words);
    *size -= (size_t)(found - data);
    memmove(data, found, *size);
}

static void open_one(int number, int topic, char **argv, int argc) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int peer = socket(AF_INET, SOCK_STREAM, 0), yes = 1, room = atoi(argv[3]);
    struct timeval patience = {PATIENCE, 0};
    if (room) setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(peer, (struct sockaddr *)&address, sizeof address)) fail("connect");
    char words[600];
    int size = snprintf(words, sizeof words,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: MDAwMDAwMDAwMDAwMDAwMA==\r\nSec-WebSocket-Version: 13\r\n\r\n", argv[2], argv[1]);
    if (send(peer, words, (size_t)size, MSG_NOSIGNAL) < 0) fail("handshake");
    size_t answered = 0;
    await(peer, &answered, "\r\n\r\n");
    for (int i = 4; i + 1 < argc; i += 2) {
        if (*argv[i]) {
            snprintf(words, sizeof words, argv[i], topic);
            say(peer, words);
        }
        await(peer, &answered, argv[i + 1]);
    }
    fcntl(peer, F_SETFL, O_NONBLOCK);
    if (answered && data[answered - 1] != '}' && data[answered - 1] != ']') fail("joined in the middle of a frame");
    readers[number] = (struct reader){.socket = peer};
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)number};
    epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &event);
}

static void note_delay(const char *payload, size_t size) {
    const char *stamp = memmem(payload, size, "\"at\":", 5);
    if (!stamp) stamp = memmem(payload, size, "\"at\\\":", 6);
    if (!stamp || !delays || delay_count == delay_room) return;
    stamp = strchr(stamp, ':') + 1; /* socket.io's stands in quotes: JavaScript's numbers end before nanoseconds do */
    delays[delay_count++] = now(CLOCK_MONOTONIC) - atol(stamp + (*stamp == '"'));
}

static void take(struct reader *reader, const char *at, size_t size) { /* frames may begin and end anywhere */
    while (size > 0) {
        if (reader->left > 0) {
            size_t part = (size_t)reader->left < size ? (size_t)reader->left : size;
            if (reader->size >= SMALLEST && (long)part == reader->size && delays) note_delay(at, part);
            at += part, size -= part, reader->left -= (long)part;
        } else {
            reader->head[reader->head_size++] = (unsigned char)*at++, size--;
            int kind = reader->head_size > 1 ? reader->head[1] & 127 : 0;
            int whole = kind == 127 ? 10 : kind == 126 ? 4 : 2;
            if (reader->head_size < whole) continue;
            reader->size = kind;
            for (int i = 2; i < whole; i++) reader->size = i == 2 ? reader->head[i] : reader->size << 8 | reader->head[i];
            reader->left = reader->size, reader->head_size = 0;
            if (reader->size >= SMALLEST) seen++;
        }
    }
}

static int drain(int milliseconds) {
    struct epoll_event found[512];
    int ready = epoll_wait(epoll, found, 512, milliseconds);
    for (int i = 0; i < ready; i++) {
        struct reader *reader = &readers[found[i].data.u32];
        ssize_t got = recv(reader->socket, data, ROOM, 0);
        if (got > 0) take(reader, data, (size_t)got);
        else if (got == 0 || errno != EAGAIN) fail("a socket was closed");
    }
    return ready;
}

/* Who only counts looks once a millisecond: the wake-up of a reader on the same machine would be billed to the server with
 * each write, which no reader at the other end of a network costs it. What came beyond a round counts for the next. */
static int expect(long wanted) {
    struct timespec rest = {0, 1000000};
    long deadline = now(CLOCK_MONOTONIC) + PATIENCE * 1000000000L;
    while (seen < wanted && now(CLOCK_MONOTONIC) < deadline)
        if (!drain(delays ? 1000 : 0) && !delays) nanosleep(&rest, NULL);
    long lacking = wanted - seen;
    seen -= wanted;
    if (lacking > 0) printf("missing %ld\n", lacking), seen = 0;
    return lacking <= 0;
}

static int by_size(const void *one, const void *other) {
    long a = *(const long *)one, b = *(const long *)other;
    return (a > b) - (a < b);
}

static void obey(char *line, int argc, char **argv) {
    long wanted;
    int sockets, topics, every, dead = 0;
    if (sscanf(line, "open %d %d", &sockets, &topics) == 2) {
        for (; sockets > 0 && count < SOCKETS; sockets--, count++) open_one(count, count % topics, argv, argc);
        puts("opened");
    } else if (sscanf(line, "expect %ld", &wanted) == 1) {
        if (expect(wanted)) printf("%.9f\n", now(CLOCK_PROCESS_CPUTIME_ID) / 1e9);
    } else if (sscanf(line, "delays %ld", &wanted) == 1) {
        delays = malloc(sizeof(long) * (size_t)wanted), delay_room = wanted, delay_count = 0;
        if (expect(wanted)) {
            qsort(delays, (size_t)delay_count, sizeof(long), by_size);
            printf("%ld %ld %ld %ld\n", delays[delay_count / 2] / 1000, delays[delay_count * 99 / 100] / 1000,
                   delays[delay_count - 1] / 1000, delay_count);
        }
        free(delays), delays = NULL;
    } else if (sscanf(line, "dead %d", &every) == 1) {
        for (int i = 0; i < count; i += every, dead++) epoll_ctl(epoll, EPOLL_CTL_DEL, readers[i].socket, NULL);
        printf("%d\n", dead);
    } else {
        while (drain(QUIET)) {}
        seen = 0;
        puts("settled");
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    char line[256];
    epoll = epoll_create1(0);
    while (fgets(line, sizeof line, stdin)) obey(line, argc, argv);
    return 0;
}

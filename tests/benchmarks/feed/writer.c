/* The floor of the fan-out benchmark: an epoll server in C that writes the same bytes as the feed, and does nothing else.
 *
 * No rights, no log, no flow control; its handshake answers without looking. Commands on stdin are those of every
 * contestant: "round TOPICS BURST" publishes BURST entries to each topic, "publish TOPIC STAMP" one with that stamp.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TOPICS = 16384, FILES = 65536, TEXT = 230 };

static const char SWITCHING[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static const char READY[] = "\x81\x15{\"type\":\"up_to_date\"}";

static struct { int *sockets, count, room; long position; } topics[TOPICS];
static char upgraded[FILES], text[TEXT + 1];
static int epoll;

static void write_all(int socket, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            data += sent, size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            struct pollfd room = {socket, POLLOUT, 0};
            poll(&room, 1, 1000);
        } else {
            return;
        }
    }
}

static void publish(int topic, long stamp) {
    char frame[512];
    int size = snprintf(frame + 4, sizeof frame - 4,
                        "{\"type\":\"entry\",\"topic\":\"case/%d\",\"position\":%ld,\"entry\":{\"id\":\"000000000000\","
                        "\"at\":%019ld,\"author\":\"Maria Keller\",\"text\":\"%s\"}}",
                        topic, 100000 + ++topics[topic].position, stamp, text);
    frame[0] = (char)0x81, frame[1] = 126, frame[2] = (char)(size >> 8), frame[3] = (char)size;
    for (int i = 0; i < topics[topic].count; i++) write_all(topics[topic].sockets[i], frame, (size_t)size + 4);
}

static void join(int socket, int topic) {
    if (topics[topic].count == topics[topic].room) {
        topics[topic].room = topics[topic].room ? 2 * topics[topic].room : 2;
        topics[topic].sockets = realloc(topics[topic].sockets, sizeof(int) * (size_t)topics[topic].room);
    }
    topics[topic].sockets[topics[topic].count++] = socket;
    write_all(socket, READY, sizeof READY - 1);
}

static void hear(int socket) {
    char data[4096];
    ssize_t size = recv(socket, data, sizeof data - 1, 0);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN) close(socket);
        return;
    }
    data[size] = 0;
    if (!upgraded[socket]) {
        upgraded[socket] = 1;
        write_all(socket, SWITCHING, sizeof SWITCHING - 1);
        return;
    }
    char *name = memmem(data, (size_t)size, "case/", 5); /* masked with zeros, so it is there to be read */
    int topic = name ? atoi(name + 5) : -1;
    if (topic >= 0 && topic < TOPICS) join(socket, topic);
}

static void obey(const char *line) {
    int count, burst, topic;
    long stamp;
    if (sscanf(line, "round %d %d", &count, &burst) == 2) {
        for (topic = 0; topic < count; topic++)
            for (int i = 0; i < burst; i++) publish(topic, 0);
    } else if (sscanf(line, "publish %d %ld", &topic, &stamp) == 2) {
        publish(topic, stamp);
    }
}

static int hear_commands(void) { /* 0 when there will be no more */
    static char said[65536];
    static size_t size;
    ssize_t got = read(0, said + size, sizeof said - 1 - size);
    if (got <= 0) return 0;
    said[size += (size_t)got] = 0;
    char *line = said, *end;
    for (; (end = strchr(line, '\n')); line = end + 1) obey(line);
    memmove(said, line, size -= (size_t)(line - said));
    return 1;
}

int main(int argc, char **argv) {
    memset(text, 'x', TEXT);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[argc - 1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 4096)) return 1;
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listening}, commands = {.events = EPOLLIN, .data.fd = 0};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &commands);
    puts("ready");
    fflush(stdout);
    struct epoll_event found[256];
    for (;;) {
        int count = epoll_wait(epoll, found, 256, -1);
        for (int i = 0; i < count; i++) {
            int ready = found[i].data.fd;
            if (ready == 0) {
                if (!hear_commands()) return 0;
            } else if (ready == listening) {
                int accepted = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
                if (accepted < 0 || accepted >= FILES) continue;
                upgraded[accepted] = 0;
                event.data.fd = accepted;
                epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
            } else {
                hear(ready);
            }
        }
    }
}

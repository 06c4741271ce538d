/* Sockets: their addresses, queues and TCP state, and which other traced sockets a call on one bears on (peer, listener). */
#include "tracer.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <stdio.h>

enum { BUCKETS = 256, ADDRESS = 128, TCP_LISTENING = 10, UNKNOWN = -1 };
enum { CALL_SOCKET = 41, CALL_CONNECT = 42, CALL_ACCEPT = 43, CALL_ACCEPT4 = 288, CALL_SENDTO = 44, CALL_SENDMSG = 46, CALL_SOCKETPAIR = 53 };

struct socket {
    uint64_t ino, peer_ino;
    int domain, type, protocol, state;
    uint64_t listens;                  /* which of all that ever listened it was; 0: it does not */
    unsigned char local[ADDRESS], peer[ADDRESS];
    uint16_t nlocal, npeer;            /* 0xFFFF: not known */
    bool have_peer_ino;
    struct descriptor *descriptors;
    struct socket *same_ino, *same_key;
    int key;                           /* bucket by local address, -1: in none */
};
static struct socket *by_ino[BUCKETS], *by_local[BUCKETS];

static struct socket *find(uint64_t ino)
{
    struct socket *socket = by_ino[ino % BUCKETS];
    while (socket && socket->ino != ino) socket = socket->same_ino;
    return socket;
}

void socket_attach(struct descriptor *descriptor, uint64_t ino)
{
    struct socket *socket = find(ino);
    if (!socket) {
        if (!(socket = calloc(1, sizeof *socket))) die("memory for a socket");
        *socket = (struct socket){ .ino = ino, .domain = UNKNOWN, .nlocal = 0xFFFF, .npeer = 0xFFFF, .key = -1, .same_ino = by_ino[ino % BUCKETS] };
        by_ino[ino % BUCKETS] = socket;
    }
    descriptor->socket = socket;
    descriptor->same_socket = socket->descriptors;
    socket->descriptors = descriptor;
}

/* ---- by local address: an internet port, a path ---- */
static int port_of(const unsigned char *address, uint16_t size)
{
    if (size == 0xFFFF || size < 4) return -1;
    int family = address[0] | address[1] << 8;
    return family == AF_INET || family == AF_INET6 ? address[2] << 8 | address[3] : -1;
}

static int key_of(const unsigned char *address, uint16_t size)
{
    int port = port_of(address, size);
    if (port > 0) return port % BUCKETS;
    if (port == 0 || size == 0xFFFF || size <= 2 || (address[0] | address[1] << 8) != AF_UNIX) return -1;
    unsigned hash = 0;
    for (int i = 2; i < size && (i == 2 || address[i]); i++) hash = hash * 31 + address[i];
    return (int)(hash % BUCKETS);
}

static void unkey(struct socket *socket)
{
    if (socket->key < 0) return;
    struct socket **at = &by_local[socket->key];
    while (*at != socket) at = &(*at)->same_key;
    *at = socket->same_key;
    socket->key = -1;
}

static void rekey(struct socket *socket)
{
    unkey(socket);
    wire_port(port_of(socket->local, socket->nlocal));
    if ((socket->key = key_of(socket->local, socket->nlocal)) < 0) return;
    socket->same_key = by_local[socket->key];
    by_local[socket->key] = socket;
}

/* ---- facts ---- */
static void kind_from_call(struct task *task, struct socket *socket)
{
    struct descriptor *listener = task->nr == CALL_ACCEPT || task->nr == CALL_ACCEPT4 ? fd_find(task->table, (int)task->args[0]) : NULL;
    if (listener && listener->socket) {
        socket->domain = listener->socket->domain;
        socket->type = listener->socket->type;
        socket->protocol = listener->socket->protocol;
        return;
    }
    if (task->nr != CALL_SOCKET && task->nr != CALL_SOCKETPAIR) return;
    socket->domain = (int)task->args[0];
    socket->type = (int)task->args[1] & 15;
    socket->protocol = (int)task->args[2];
    if (!socket->protocol && socket->domain != AF_UNIX) socket->protocol = socket->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
}

static void option(int fd, int name, int *value)
{
    socklen_t size = sizeof *value;
    if (getsockopt(fd, SOL_SOCKET, name, value, &size) < 0) *value = 0;
}

static bool is_inet(const struct socket *socket) { return socket->domain == AF_INET || socket->domain == AF_INET6; }
static bool is_tcp(const struct socket *socket) { return is_inet(socket) && socket->type == SOCK_STREAM && socket->protocol == IPPROTO_TCP; }

static void by_copy(int fd, struct socket *socket, struct facts *facts, unsigned char *tcp, bool whole)
{
    int value;
    socklen_t size;
    if (socket->domain == UNKNOWN) {
        option(fd, SO_DOMAIN, &socket->domain);
        option(fd, SO_TYPE, &socket->type);
        option(fd, SO_PROTOCOL, &socket->protocol);
    }
    if (is_tcp(socket)) {
        size = 256;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, tcp, &size) == 0) {
            facts->tcp_size = (uint16_t)(size < 256 ? size : 256);
            facts->have |= HAVE_TCP_STATE;
            facts->tcp_state = tcp[0];
        }
    }
    if (whole || (is_tcp(socket) && facts->tcp_state != socket->state)) {
        size = ADDRESS;
        socket->nlocal = getsockname(fd, (struct sockaddr *)socket->local, &size) == 0 ? (uint16_t)size : 0;
        size = ADDRESS;
        socket->npeer = getpeername(fd, (struct sockaddr *)socket->peer, &size) == 0 ? (uint16_t)size : 0;
        rekey(socket);
    }
    if (is_tcp(socket) && facts->tcp_state == TCP_LISTENING) {
        /* for a listening socket the kernel gives the accept queue as unacked and its limit as sacked (tcp_get_info) */
        struct tcp_info info;
        memcpy(&info, tcp, sizeof info < 256 ? sizeof info : 256);
        facts->accept_queue = (int)info.tcpi_unacked;
        facts->backlog = (int)info.tcpi_sacked;
        facts->have |= HAVE_LISTEN;
        return;
    }
    if (ioctl(fd, FIONREAD, &value) == 0) { facts->queue = turns_waiting(facts->ino, value); facts->have |= HAVE_QUEUE; }
    /* of a socket that was refused or reset SIOCOUTQ tells the difference of two numbers that count nothing any more */
    if (is_tcp(socket) && facts->tcp_state == TCP_CLOSE) { facts->outqueue = 0; facts->have |= HAVE_OUTQUEUE; }
    else if (is_tcp(socket) && ioctl(fd, SIOCOUTQ, &value) == 0) { facts->outqueue = value; facts->have |= HAVE_OUTQUEUE; }
}

/* Where getsockname cannot be asked: sock_diag knows a name, and the call that connects says to whom. */
static void unix_names(struct task *task, struct socket *socket, const struct diagnosis *found)
{
    memcpy(socket->local, found->local, socket->nlocal = (uint16_t)found->size);
    rekey(socket);
    struct socket *peer = found->have_peer ? find(found->peer_ino) : NULL;
    uint32_t size = (uint32_t)task->args[2];
    if (task->in_call && task->nr == CALL_CONNECT && size <= ADDRESS && peek(task, task->args[1], socket->peer, size) == size)
        socket->npeer = (uint16_t)(size > 3 && socket->peer[2] ? 3 + strnlen((char *)socket->peer + 2, size - 2) : size);
    else if (peer && peer->nlocal != 0xFFFF) memcpy(socket->peer, peer->local, socket->npeer = peer->nlocal);
    else if (socket->npeer == 0xFFFF) socket->npeer = 0;
}

static void unix_facts(struct task *task, struct socket *socket, struct facts *facts)
{
    struct diagnosis found;
    if (!diag_unix(socket->ino, &found)) return;
    socket->state = found.state;
    if ((socket->have_peer_ino = found.have_peer)) socket->peer_ino = found.peer_ino;
    if (!may_getfd) unix_names(task, socket, &found);
    if (found.state == TCP_LISTENING) {
        facts->accept_queue = (int)found.queue;
        facts->backlog = (int)found.outqueue;
        facts->have |= HAVE_LISTEN;
        facts->have &= ~(uint32_t)HAVE_QUEUE;
        facts->queue = 0;
    } else if (!(facts->have & HAVE_QUEUE)) { facts->queue = turns_waiting(facts->ino, found.queue); facts->have |= HAVE_QUEUE; }
}

/* pidfd_getfd is refused: what sock_diag(7) says of the same socket. */
static void by_diag(struct socket *socket, struct facts *facts)
{
    struct diagnosis found;
    if (!is_inet(socket)) return;      /* unix sockets: unix_facts */
    if (diag_inet(socket->domain, socket->protocol, socket->ino, socket->nlocal == 0xFFFF ? NULL : socket->local,
                  socket->npeer == 0xFFFF ? NULL : socket->peer, &found)) {
        memcpy(socket->local, found.local, socket->nlocal = (uint16_t)found.size);
        memcpy(socket->peer, found.remote, socket->npeer = (uint16_t)found.size);
        if (port_of(socket->peer, socket->npeer) == 0) socket->npeer = 0;
        rekey(socket);
    } else if (is_tcp(socket)) found = (struct diagnosis){ .state = 7 /* TCP_CLOSE: not in the kernel's tables */ };
    else return;
    if (is_tcp(socket)) { facts->tcp_state = found.state; facts->have |= HAVE_TCP_STATE; }
    if (is_tcp(socket) && found.state == TCP_LISTENING) {
        facts->accept_queue = (int)found.queue;
        facts->backlog = (int)found.outqueue;
        facts->have |= HAVE_LISTEN;
    } else if (is_tcp(socket)) {       /* for datagrams these count the kernel's memory, not the program's bytes */
        /* the kernel counts a FIN that came and was not read as a byte here, and not in FIONREAD (tcp_ioctl) */
        bool ended = found.state == TCP_CLOSE_WAIT || found.state == TCP_LAST_ACK || found.state == TCP_CLOSING;
        facts->queue = turns_waiting(facts->ino, found.queue && ended ? found.queue - 1 : found.queue);
        facts->outqueue = found.outqueue;
        facts->have |= HAVE_QUEUE | HAVE_OUTQUEUE;
    }
}

void socket_facts(struct task *task, struct descriptor *descriptor, struct facts *facts, bool whole)
{
    struct socket *socket = descriptor->socket;
    unsigned char tcp[256];
    char link[64];
    if (!socket) return;
    snprintf(link, sizeof link, "socket:[%lu]", (unsigned long)socket->ino);
    facts->have &= ~(uint32_t)(HAVE_TCP_STATE | HAVE_LISTEN);
    facts->tcp_state = facts->accept_queue = facts->backlog = 0;
    facts->tcp_size = 0xFFFF;
    if (socket->domain == UNKNOWN) kind_from_call(task, socket);
    int copy = fd_copy(task, descriptor->table, descriptor->fd);
    if (copy >= 0) {
        by_copy(copy, socket, facts, tcp, whole);
        close(copy);
    } else if (may_getfd) return;      /* its process is closing it at this moment; the close will be logged */
    else by_diag(socket, facts);
    if (socket->domain == AF_UNIX && (whole || socket->state == TCP_LISTENING || !may_getfd)) unix_facts(task, socket, facts);
    if (is_tcp(socket)) socket->state = facts->tcp_state;
    static uint64_t listening;
    bool listens = is_tcp(socket) && socket->state == TCP_LISTENING;
    socket->listens = !listens ? 0 : socket->listens ? socket->listens : ++listening;
    if (socket->domain != UNKNOWN) {
        facts->have |= HAVE_SOCKET;
        facts->domain = socket->domain;
        facts->type = socket->type;
        facts->protocol = socket->protocol;
    }
    if (socket->have_peer_ino) { facts->have |= HAVE_PEER_INO; facts->peer_ino = socket->peer_ino; }
    facts->local_size = socket->nlocal;
    facts->peer_size = socket->npeer;
    fd_log(task, descriptor, facts, link, socket->local, socket->peer, tcp, "");
}

int socket_port(void)
{
    struct socket *latest = NULL;
    for (int i = 0; i < BUCKETS; i++)
        for (struct socket *socket = by_ino[i]; socket; socket = socket->same_ino)
            if (socket->listens > (latest ? latest->listens : 0)) latest = socket;
    return latest ? port_of(latest->local, latest->nlocal) : -1;
}

/* ---- others a call bears on ---- */
static void look(struct task *task, struct socket *socket, bool whole)
{
    struct descriptor *descriptor = socket->descriptors;
    struct task *owner = descriptor ? table_task(descriptor->table, task) : NULL;
    if (owner) fd_look(owner, descriptor, whole);
}

/* Connections come and go by these; nothing else changes a listener's queue. */
static bool concerns_listeners(const struct task *task)
{
    enum { CLOSE = 3, CONNECT = 42, ACCEPT = 43, SHUTDOWN = 48, ACCEPT4 = 288 };
    return !task->in_call || task->nr == CLOSE || task->nr == CONNECT || task->nr == ACCEPT || task->nr == ACCEPT4 || task->nr == SHUTDOWN;
}

static bool same_end(const unsigned char *a, uint16_t na, const unsigned char *b, uint16_t nb)
{
    if (na == 0xFFFF || nb == 0xFFFF || na < 3 || nb < 3 || memcmp(a, b, 2) != 0) return false;
    /* unix(7): a path ends at its first NUL, whatever the length says; an abstract name does not */
    if (a[0] == AF_UNIX && a[2]) return strncmp((const char *)a + 2, (const char *)b + 2, (size_t)(na < nb ? na : nb) - 2) == 0;
    return na == nb && memcmp(a, b, a[0] == AF_INET ? 8 : na) == 0;
}

/* Sockets bound to `address`: the other end of a connection, a listener, the receiver of a datagram. */
static void look_at(struct task *task, struct socket *from, const unsigned char *address, uint16_t size)
{
    int key = key_of(address, size), port = port_of(address, size);
    if (key < 0) return;
    for (struct socket *socket = by_local[key], *next; socket; socket = next) {
        next = socket->same_key;
        if (socket == from || socket->type != from->type) continue;
        bool peer = same_end(socket->peer, socket->npeer, from->local, from->nlocal);
        bool there = port >= 0 ? port_of(socket->local, socket->nlocal) == port : same_end(socket->local, socket->nlocal, address, size);
        /* a TCP listener changes while a connection is being made; a socket with another peer does not */
        bool open_to_all = socket->npeer == 0 || socket->npeer == 0xFFFF;
        if (!there || !(peer || open_to_all)) continue;
        if (socket->state != TCP_LISTENING || concerns_listeners(task)) look(task, socket, false);
    }
}

/* Where an unconnected datagram was sent to. */
static void look_at_receiver(struct task *task, struct socket *socket)
{
    unsigned char address[ADDRESS];
    uint64_t at = 0;
    uint32_t size = 0;
    if (task->nr == CALL_SENDTO) { at = task->args[4]; size = (uint32_t)task->args[5]; }
    else if (task->nr == CALL_SENDMSG) {
        struct msghdr message;
        if (peek(task, task->args[1], &message, sizeof message) < sizeof message) return;
        at = (uint64_t)message.msg_name;
        size = message.msg_namelen;
    }
    if (at && size <= sizeof address && peek(task, at, address, size) == size) look_at(task, socket, address, (uint16_t)size);
}

/* The other end of a connection; for a TCP connection also the listener it came through. */
static void look_at_ends(struct task *task, struct socket *socket)
{
    if (socket->domain == AF_UNIX && socket->have_peer_ino) {
        struct socket *peer = find(socket->peer_ino);
        if (peer && find(socket->ino) != socket) peer->have_peer_ino = false;    /* we are gone: ask again who its peer is */
        if (peer) look(task, peer, !peer->have_peer_ino);
    }
    if (socket->npeer && socket->npeer != 0xFFFF) look_at(task, socket, socket->peer, socket->npeer);
    if (is_tcp(socket) && concerns_listeners(task) && socket->nlocal != 0xFFFF) look_at(task, socket, socket->local, socket->nlocal);
}

static bool looking;                   /* a look at a peer does not lead on to the peer's peers */

void socket_related(struct task *task, struct descriptor *descriptor)
{
    struct socket *socket = descriptor->socket;
    if (looking) return;
    looking = true;
    look_at_ends(task, socket);
    if (socket->type == SOCK_DGRAM) look_at_receiver(task, socket);
    looking = false;
}

void socket_detach(struct task *task, struct descriptor *descriptor, bool refresh_peer)
{
    struct socket *socket = descriptor->socket;
    struct descriptor **at = &socket->descriptors;
    while (*at != descriptor) at = &(*at)->same_socket;
    *at = descriptor->same_socket;
    descriptor->socket = NULL;
    if (socket->descriptors) return;
    struct socket **from = &by_ino[socket->ino % BUCKETS];
    while (*from != socket) from = &(*from)->same_ino;
    *from = socket->same_ino;
    unkey(socket);
    if (refresh_peer && !looking) {    /* the last descriptor: its other end sees the connection close */
        looking = true;
        look_at_ends(task, socket);
        looking = false;
    }
    free(socket);
}

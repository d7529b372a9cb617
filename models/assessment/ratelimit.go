// Package ratelimit limits how often clients of an HTTP server may call it.
package ratelimit

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// ErrTooManyClients is returned when the table of clients is full.
var ErrTooManyClients = errors.New("ratelimit: too many clients")

// Limit is a number of calls in an interval.
type Limit struct {
	Calls    int
	Interval time.Duration
}

type window struct {
	started time.Time
	count   int
}

// Limiter counts the calls of each client.
type Limiter struct {
	mu         sync.Mutex
	limit      Limit
	maxClients int
	windows    map[string]*window
	now        func() time.Time
}

// New returns a limiter that remembers at most maxClients clients.
func New(limit Limit, maxClients int) *Limiter {
	return &Limiter{
		limit:      limit,
		maxClients: maxClients,
		windows:    make(map[string]*window),
		now:        time.Now,
	}
}

// Allow counts a call. It returns how long the client has to wait, which is zero if it may call now.
func (l *Limiter) Allow(client string) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	w, ok := l.windows[client]
	if !ok {
		if len(l.windows) >= l.maxClients {
			l.forget(now)
		}
		if len(l.windows) >= l.maxClients {
			return 0, ErrTooManyClients
		}
		w = &window{started: now}
		l.windows[client] = w
	}
	if now.Sub(w.started) >= l.limit.Interval {
		w.started = now
		w.count = 0
	}
	if w.count >= l.limit.Calls {
		return w.started.Add(l.limit.Interval).Sub(now), nil
	}
	w.count++
	return 0, nil
}

func (l *Limiter) forget(now time.Time) {
	for client, w := range l.windows {
		if now.Sub(w.started) >= l.limit.Interval {
			delete(l.windows, client)
		}
	}
}

// Middleware answers 429 to clients that call too often.
func (l *Limiter) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait, err := l.Allow(r.RemoteAddr)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		if wait > 0 {
			seconds := int(wait.Seconds()) + 1
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			http.Error(w, fmt.Sprintf("try again in %d seconds", seconds), http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

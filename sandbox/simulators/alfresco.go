package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

const (
	// public is where the REST API v1 is, behind the address.
	public = "/api/-default-/public/"
	// atOnce is how many nodes are created at a time: enough for a server, and not too much for a small one.
	atOnce = 4
	// askAgain is the pause between two looks at what takes its time: a start takes a minute or two, the index some seconds.
	askAgain = 2 * time.Second
	// requestTimeout bounds one request.
	requestTimeout = time.Minute
)

// alfresco is an Alfresco, as its administrator sees it. The worker's own client is no use here: it creates nothing.
type alfresco struct {
	url, user, password string
}

// call sends a request and reads the answer, whose status has to be one of those allowed, into result, if that isn't nil.
func (a *alfresco) call(ctx context.Context, method, path string, body, result any, allowed ...int) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	encoded, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("write the request for %s: %w", path, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, a.url+public+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, fmt.Errorf("write the request for %s: %w", path, err)
	}
	r.SetBasicAuth(a.user, a.password)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && result != nil && response.StatusCode < http.StatusMultipleChoices {
		err = json.Unmarshal(answer, result)
	}
	switch status = response.StatusCode; {
	case err != nil:
		return status, fmt.Errorf("read the answer of %s: %w", path, err)
	case !slices.Contains(allowed, status):
		return status, fmt.Errorf("%s %s: Alfresco answers %d %s", method, path, status, http.StatusText(status))
	}
	return status, nil
}

// awaitReady waits until Alfresco says that it is up.
func (a *alfresco) awaitReady(ctx context.Context) error {
	return poll(ctx, "Alfresco", func() error {
		_, err := a.call(ctx, http.MethodGet, "alfresco/versions/1/probes/-ready-", nil, nil, http.StatusOK)
		return err
	})
}

// ensurePerson makes an account, or sets the password of the one that is there.
func (a *alfresco) ensurePerson(ctx context.Context, name, password string) error {
	const people = "alfresco/versions/1/people"
	status, err := a.call(ctx, http.MethodPost, people, map[string]string{
		"id": name, "firstName": "Counterparty sync", "email": name + "@example.com", "password": password,
	}, nil, http.StatusCreated, http.StatusConflict)
	if err != nil || status == http.StatusCreated {
		return err
	}
	_, err = a.call(ctx, http.MethodPut, people+"/"+url.PathEscape(name), map[string]string{"password": password}, nil, http.StatusOK)
	return err
}

// ensureFolder makes the folder in Company Home and lets the account edit what is in it.
func (a *alfresco) ensureFolder(ctx context.Context, folder, user string) error {
	const nodes = "alfresco/versions/1/nodes/"
	_, err := a.call(ctx, http.MethodPost, nodes+"-root-/children", map[string]string{"name": folder, "nodeType": "cm:folder"}, nil,
		http.StatusCreated, http.StatusConflict)
	if err != nil {
		return err
	}
	var found struct {
		Entry struct {
			ID string `json:"id"`
		} `json:"entry"`
	}
	if _, err := a.call(ctx, http.MethodGet, nodes+"-root-?relativePath="+url.QueryEscape(folder), nil, &found, http.StatusOK); err != nil {
		return err
	}
	_, err = a.call(ctx, http.MethodPut, nodes+found.Entry.ID, map[string]any{"permissions": map[string]any{
		"isInheritanceEnabled": true,
		"locallySet":           []map[string]string{{"authorityId": user, "name": "Editor", "accessStatus": "ALLOWED"}},
	}}, nil, http.StatusOK)
	return err
}

// addNodes creates the nodes, in about their order, some at a time. Their names are numbers, so that a second run finds
// them there.
func (a *alfresco) addNodes(ctx context.Context, folder string, nodes []alfrescotest.Node) (created, there int, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var madeNow, foundThere atomic.Int64
	for i, node := range nodes {
		group.Go(func() error {
			status, err := a.call(ctx, http.MethodPost, "alfresco/versions/1/nodes/-root-/children", map[string]any{
				"name": fmt.Sprintf("counterparty-%06d", i+1), "nodeType": "idocs:contractor", "relativePath": folder,
				"properties": node.Properties,
			}, nil, http.StatusCreated, http.StatusConflict)
			switch {
			case err != nil:
				return fmt.Errorf("create counterparty %d: %w", i+1, err)
			case status == http.StatusCreated:
				madeNow.Add(1)
			default:
				foundThere.Add(1)
			}
			return nil
		})
	}
	err = group.Wait()
	return int(madeNow.Load()), int(foundThere.Load()), err
}

// errNotYet: the index lags behind, as it does for a while.
var errNotYet = errors.New("not all of them are in the search index yet")

// awaitIndexed waits until the search finds that many counterparties by their dbid, which is how a pass finds them.
func (a *alfresco) awaitIndexed(ctx context.Context, count int) (found int, err error) {
	var answer struct {
		List struct {
			Pagination struct {
				TotalItems int `json:"totalItems"`
			} `json:"pagination"`
		} `json:"list"`
	}
	err = poll(ctx, "the search index", func() error {
		_, err := a.call(ctx, http.MethodPost, "search/versions/1/search", map[string]any{
			"query":  map[string]string{"language": "afts", "query": `TYPE:"idocs:contractor" AND sys:node\-dbid:<0 TO MAX]`},
			"paging": map[string]int{"maxItems": 1, "skipCount": 0},
		}, &answer, http.StatusOK)
		if found = answer.List.Pagination.TotalItems; err == nil && found < count {
			return fmt.Errorf("%w: %d of %d", errNotYet, found, count)
		}
		return err
	})
	return found, err
}

// poll asks until the answer is nil or ctx ends.
func poll(ctx context.Context, what string, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w; last answer: %w", what, context.Cause(ctx), err)
		case <-time.After(askAgain):
		}
	}
}

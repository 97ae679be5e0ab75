package temporalserver

import (
	"context"
	"fmt"
	"net/http"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is a running Web UI.
type webUI struct {
	address string
	server  *uiserver.Server
	done    chan struct{}
}

// startUI starts the UI and waits until it answers. The port must be free: the UI ends the process if it can't listen.
func startUI(ctx context.Context, port int, frontend, namespace, codecEndpoint string) (*webUI, error) {
	ui := &webUI{
		address: address(port),
		done:    make(chan struct{}),
		server: uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
			Host:                host,
			Port:                port,
			TemporalGRPCAddress: frontend,
			EnableUI:            true,
			DefaultNamespace:    namespace,
			DisableNewsFetch:    true,
			HideLogs:            true,
			Codec:               uiconfig.Codec{Endpoint: codecEndpoint},
			// Plain HTTP: a cookie that is marked secure would not come back, and every action in the UI fail.
			CORS: uiconfig.CORS{CookieInsecure: true},
		})),
	}
	go func() {
		defer close(ui.done)
		_ = ui.server.Start() // nil always
	}()
	err := poll(ctx, "Web UI", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ui.address+"/healthz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("/healthz answers %s", response.Status)
		}
		return nil
	})
	if err != nil {
		ui.stop()
		return nil, err
	}
	return ui, nil
}

// stop closes the UI with all its connections.
func (ui *webUI) stop() {
	ui.server.Stop()
	<-ui.done
}

// Package deploy is where the files for running counterparty-sync are checked: the compose file, the image, the systemd
// unit and what they mount. The files themselves lie in the folders beside; this module holds nothing that runs, and its
// dependencies reach neither the worker nor the sandbox.
package deploy

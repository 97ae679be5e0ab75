package rig

import (
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// Fill puts n nodes into Alfresco that were typed in Russian, as contractors mostly are, each with a company in Kontur.Focus, and returns the nodes' ids in order of dbid. What
// is given besides changes the companies before.
func Fill(a *alfrescotest.Server, k *konturtest.Server, n int, change ...func(*konturtest.Company)) []string {
	nodes := make([]alfrescotest.Node, n)
	for i := range n {
		company := konturtest.Invented(i + 1)
		for _, f := range change {
			f(&company)
		}
		k.AddCompany(company)
		nodes[i] = alfrescotest.Node{Language: "ru", Properties: map[string]any{"idocs:inn": company.INN}}
	}
	return a.Add(nodes...)
}

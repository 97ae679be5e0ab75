package rig

import (
	"fmt"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// Company is the n-th invented company.
func Company(n int) konturtest.Company {
	return konturtest.Company{
		INN: konturtest.INN(n), OGRN: konturtest.OGRN(n), KPP: fmt.Sprintf("0012%05d", n),
		FullName:  fmt.Sprintf("Общество с ограниченной ответственностью \"Пример %d\"", n),
		ShortName: fmt.Sprintf("ООО \"Пример %d\"", n), RegistrationDate: "2010-01-01",
	}
}

// Fill puts n nodes into Alfresco, each with a company in Kontur.Focus, and returns the nodes' ids in order of dbid. What
// is given besides changes the companies before.
func Fill(a *alfrescotest.Server, k *konturtest.Server, n int, change ...func(*konturtest.Company)) []string {
	nodes := make([]alfrescotest.Node, n)
	for i := range n {
		company := Company(i + 1)
		for _, f := range change {
			f(&company)
		}
		k.AddCompany(company)
		nodes[i] = alfrescotest.Node{Properties: map[string]any{"idocs:inn": company.INN}}
	}
	return a.Add(nodes...)
}

package alfresco

// SetBodyLimit sets the largest answer that a client reads, in place of MaxBodyBytes.
func (c *Client) SetBodyLimit(bytes int) { c.rest.SetResponseBodyLimit(bytes) }

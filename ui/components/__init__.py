"""Parts that several pages share: data for the components, and the components."""

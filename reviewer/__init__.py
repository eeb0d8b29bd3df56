"""Reviews the design of a data pipeline that feeds generative AI."""

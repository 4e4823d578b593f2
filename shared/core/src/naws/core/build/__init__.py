"""What calls CDK's constructors: each module takes a part of a plan or single values, never a pattern's plan."""

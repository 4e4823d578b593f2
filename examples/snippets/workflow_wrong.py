import aws_cdk as cdk

from naws.step_function_executor import AslFile, StepFunctionExecutorProps, StepFunctionExecutorStack

app = cdk.App()
close = StepFunctionExecutorProps(definition=AslFile("wrong.asl.json"))
StepFunctionExecutorStack(app, "Month", executors={"Close": close})
app.synth()

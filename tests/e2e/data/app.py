"""A task that uses databases, a file system and Athena of another stack, whose secret has a key of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    BucketBinding,
    DatabaseBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    FileSystemBinding,
    NoAlarms,
    QueryBinding,
)

app = cdk.App()
data, compute = cdk.Stack(app, "SourcesOfData"), cdk.Stack(app, "UserOfData")
vpc = ec2.Vpc(data, "Vpc", max_azs=2, nat_gateways=1, restrict_default_security_group=False)
key = kms.Key(data, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)


def database(name: str) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(
        data,
        name,
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
        vpc=vpc,
        database_name=name.lower(),
        credentials=rds.Credentials.from_generated_secret(f"{name.lower()}_app", encryption_key=key),
        storage_encrypted=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


orders, ledger = database("Orders"), database("Ledger")
events = rds.DatabaseCluster(
    data,
    "Events",
    engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4),
    writer=rds.ClusterInstance.serverless_v2("Writer"),
    vpc=vpc,
    enable_data_api=True,
    default_database_name="events",
    storage_encrypted=True,
    removal_policy=cdk.RemovalPolicy.DESTROY,
)
files = efs.FileSystem(data, "Files", vpc=vpc, encrypted=True, removal_policy=cdk.RemovalPolicy.DESTROY)
lake, results = (
    s3.Bucket(data, name, enforce_ssl=True, removal_policy=cdk.RemovalPolicy.DESTROY) for name in ("Lake", "Results")
)
for name in ("sales", "payroll"):
    made = glue.CfnDatabase(
        data,
        f"{name.title()}Database",
        catalog_id=data.account,
        database_input=glue.CfnDatabase.DatabaseInputProperty(name=name),
    )
    glue.CfnTable(
        data,
        f"{name.title()}Table",
        catalog_id=data.account,
        database_name=made.ref,
        table_input=glue.CfnTable.TableInputProperty(
            name="rows",
            table_type="EXTERNAL_TABLE",
            parameters={"classification": "csv"},
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                columns=[glue.CfnTable.ColumnProperty(name="amount", type="int")],
                location=f"s3://{lake.bucket_name}/{name}/",
                input_format="org.apache.hadoop.mapred.TextInputFormat",
                output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                serde_info=glue.CfnTable.SerdeInfoProperty(
                    serialization_library="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    parameters={"field.delim": ","},
                ),
            ),
        ),
    )
workgroup = athena.CfnWorkGroup(data, "Workgroup", name="analysis", recursive_delete_option=True)

job = EcsTaskProcessor(
    compute,
    "Job",
    EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset(str(Path(__file__).parent / "job")),
        dev_command=["python", "job/job.py"],
        vpc=vpc,
        alarms=NoAlarms(reason="a test"),
        bindings=[
            DatabaseBinding(orders),
            DatabaseBinding(events, via="data-api"),
            DatabaseBinding(events, name="aurora"),
            FileSystemBinding(files),
            QueryBinding(
                "analysis",
                database="sales",
                results=results,
                results_prefix="athena/",
                data=[BucketBinding(lake, prefix="sales/")],
            ),
        ],
        removal_policy=cdk.RemovalPolicy.DESTROY,
    ),
)
assert ledger.secret is not None  # generated above
outputs = {
    "Machine": job.state_machine.state_machine_arn,
    "Logs": job.log_group.log_group_name,
    "Role": job.task_role.role_arn,
    "Lake": lake.bucket_name,
    "Results": results.bucket_name,
    "LedgerSecret": ledger.secret.secret_arn,
    "FileSystem": files.file_system_arn,
}
for name, value in outputs.items():
    cdk.CfnOutput(compute, f"{name}Is", value=value)
app.synth()

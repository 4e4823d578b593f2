import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from naws.core import acknowledge_replacement

app = cdk.App()
data = cdk.Stack(app, "Data")
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
orders = dynamodb.TableV2(data, "Orders", partition_key=key, table_name="orders-of-shops")

acknowledge_replacement(orders, "the table was made yesterday, and is empty")
acknowledge_replacement(data, "its files were moved to the archive", logical_id="InboxA8E05DC3")  # no longer in the app
app.synth()

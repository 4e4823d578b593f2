import aws_cdk as cdk

from naws.portal_website import PortalWebsiteProps, PortalWebsiteStack

app = cdk.App()
shop = PortalWebsiteProps(source="web/dist")
PortalWebsiteStack(app, "Portal", websites={"Shop": shop})
app.synth()

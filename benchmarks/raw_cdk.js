// The processor of raw_cdk.py, from JavaScript: the same constructs with the same ids, so the same template.
//
//     NODE_PATH=<node_modules> node raw_cdk.js PROCESSORS
//
// Started by building.py, and prints as JSON what building and synthesis took, as building_one.py does.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const cdk = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecs = require('aws-cdk-lib/aws-ecs');
const events = require('aws-cdk-lib/aws-events');
const eventTargets = require('aws-cdk-lib/aws-events-targets');
const iam = require('aws-cdk-lib/aws-iam');
const logs = require('aws-cdk-lib/aws-logs');
const pipes = require('aws-cdk-lib/aws-pipes');
const scheduler = require('aws-cdk-lib/aws-scheduler');
const scheduleTargets = require('aws-cdk-lib/aws-scheduler-targets');
const sqs = require('aws-cdk-lib/aws-sqs');
const sfn = require('aws-cdk-lib/aws-stepfunctions');
const tasks = require('aws-cdk-lib/aws-stepfunctions-tasks');
const { Construct } = require('constructs');

const PER_STACK = 10; // as in building_one.py

function cluster(stack) {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
  });
  return new ecs.Cluster(stack, 'Cluster', { vpc });
}

function build(scope, cluster) {
  const machine = workflow(scope, cluster, definition(scope));
  schedule(scope, machine);
  rule(scope, machine);
  queue(scope, machine);
}

function definition(scope) {
  const made = new ecs.FargateTaskDefinition(scope, 'Task', { cpu: 1024, memoryLimitMiB: 2048 });
  made.addContainer('main', {
    image: ecs.ContainerImage.fromRegistry('busybox:1.36'),
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'main', logRetention: logs.RetentionDays.ONE_MONTH }),
  });
  return made;
}

function workflow(scope, cluster, taskDefinition) {
  const step = new tasks.EcsRunTask(scope, 'Run', {
    cluster,
    taskDefinition,
    launchTarget: new tasks.EcsFargateLaunchTarget({ platformVersion: ecs.FargatePlatformVersion.LATEST }),
    integrationPattern: sfn.IntegrationPattern.RUN_JOB,
  });
  step.addRetry({});
  return new sfn.StateMachine(scope, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(step) });
}

function schedule(scope, machine) {
  const expression = scheduler.ScheduleExpression.expression('cron(0 5 * * ? *)', cdk.TimeZone.of('UTC'));
  const target = new scheduleTargets.StepFunctionsStartExecution(machine, {
    input: scheduler.ScheduleTargetInput.fromObject({}),
  });
  new scheduler.Schedule(scope, 'Schedule', { schedule: expression, target });
}

function rule(scope, machine) {
  const made = new events.Rule(scope, 'Rule', { eventPattern: { source: ['app.orders'] } });
  made.addTarget(new eventTargets.SfnStateMachine(machine, {}));
}

function queue(scope, machine) {
  const deadLetterQueue = { queue: new sqs.Queue(scope, 'Dead'), maxReceiveCount: 3 };
  const made = new sqs.Queue(scope, 'Queue', { deadLetterQueue });
  const role = new iam.Role(scope, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
  made.grantConsumeMessages(role);
  machine.grantStartExecution(role);
  new pipes.CfnPipe(scope, 'Pipe', {
    roleArn: role.roleArn,
    source: made.queueArn,
    sourceParameters: {},
    target: machine.stateMachineArn,
  });
}

function buildAll(app, count) {
  const env = { account: '123456789012', region: 'eu-central-1' };
  for (let first = 0; first < count; first += PER_STACK) {
    const stack = new cdk.Stack(app, `Jobs${first}`, { env });
    const shared = cluster(stack);
    for (let number = first; number < Math.min(first + PER_STACK, count); number += 1) {
      build(new Construct(stack, `Job${number}`), shared);
    }
  }
}

function timed(work) {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

const app = new cdk.App();
const before = process.cpuUsage();
const building = timed(() => buildAll(app, Number(process.argv[2])));
const synthesis = timed(() => app.synth());
const { user, system } = process.cpuUsage(before);
const cpu = (user + system) / 1e6;
const names = fs.readdirSync(app.outdir).filter((name) => name.endsWith('.template.json')).sort();
const templates = names.map((name) => JSON.parse(fs.readFileSync(path.join(app.outdir, name))));
const node = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ build: building, synth: synthesis, cpu, templates, node }));

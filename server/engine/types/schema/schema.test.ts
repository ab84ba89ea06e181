// The table of kinds holds what its four users rely on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { typeByName, typeOf, typeOfField } from './index.ts';
import kinds from './kinds.json' with { type: 'json' };

describe('table of kinds', () => {
  test('every message that a field names is in the table', () => {
    for (const name of Object.keys(kinds)) {
      for (const field of typeByName(name)!.fields.values()) {
        if (field.type === 'message') assert.ok(typeOfField(field), `${name}.${field.name} -> ${field.message}`);
      }
    }
  });

  test('merge keys of strategic merge and of server-side apply differ where upstream has it so', () => {
    const ports = typeByName('core.v1.Container')!.fields.get('ports')!;
    assert.equal(ports.patchMergeKey, 'containerPort');
    assert.deepEqual(ports.listMapKeys, ['containerPort', 'protocol']);
    const volumes = typeByName('core.v1.PodSpec')!.fields.get('volumes')!;
    assert.deepEqual(volumes.patchStrategy, ['merge', 'retainKeys']);
  });

  test('fields inlined in JSON are messages of their own in protobuf', () => {
    const volume = typeByName('core.v1.Volume')!;
    assert.equal(volume.fields.get('emptyDir')!.message, 'core.v1.EmptyDirVolumeSource');
    assert.equal(volume.wire.get(2)!.name, '');
    assert.equal(volume.wire.get(2)!.message, 'core.v1.VolumeSource');
  });

  test('pointers tell a zero that was set from one that was not', () => {
    assert.equal(typeByName('apps.v1.DeploymentSpec')!.fields.get('replicas')!.pointer, true);
    assert.equal(typeByName('apps.v1.DeploymentSpec')!.fields.get('minReadySeconds')!.pointer, false);
  });

  test('kinds are found by group, version and kind; options kinds under any group', () => {
    assert.equal(typeOf({ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' })!.openApiName, 'io.k8s.api.networking.v1.NetworkPolicy');
    assert.equal(typeOf({ group: 'apps', version: 'v1', kind: 'DeleteOptions' })!.name, 'meta.v1.DeleteOptions');
    assert.equal(typeOf({ group: 'apps', version: 'v2', kind: 'Deployment' }), undefined);
  });
});

import { describe, expect, it } from 'vitest';
import type { Preferences } from '#contract/background.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import {
  heldUntilText,
  hourOptions,
  zoneOptions,
} from '../../frontend/src/lib/components/preferences/quiet-view.ts';
import { PreferencesForm } from '../../frontend/src/lib/state/preferences.svelte.ts';
import { answer, problem, type ScriptedServer, serverOf } from './fakes.ts';

const SAVED: Preferences = {
  background: true,
  quiet_from: 22,
  quiet_to: 7,
  time_zone: 'UTC',
  notifications: true,
  mail: false,
  mail_minutes: 10,
  language: null,
  mail_available: true,
  mail_address: 'ann@app.example',
};

async function formOn(server: ScriptedServer): Promise<PreferencesForm> {
  const form = new PreferencesForm(createHeadwayClient({ fetch: server.fetch }));
  await form.load();
  return form;
}

/** Keeps what it is sent. */
function keeping(): (request: Request) => Promise<Response> {
  let kept = SAVED;
  return async (request) => {
    kept = { ...kept, ...await request.json() };
    return answer(kept);
  };
}

describe('PreferencesForm', () => {
  it('shows a change at once and says when it is saved', async () => {
    const server = serverOf(answer(SAVED), keeping());
    const form = await formOn(server);
    const saving = form.change('background', { background: false });
    expect(form.current?.background).toBe(false);
    expect(form.saving('background')).toEqual({ state: 'saving' });
    await saving;
    expect(form.current?.background).toBe(false);
    expect(form.saving('background')).toEqual({ state: 'saved' });
    expect(form.saving('quiet')).toBeUndefined();
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  });

  it('keeps what could not be saved, and sends the hours together with the next one', async () => {
    const sent: unknown[] = [];
    const keep = keeping();
    const server = serverOf(answer(SAVED), problem(422, 'invalid'), async (request) => {
      sent.push(await request.clone().json());
      return await keep(request);
    });
    const form = await formOn(server);
    await form.change('quiet', { quiet_from: 7 });
    expect(form.current).toMatchObject({ quiet_from: 7, quiet_to: 7 });
    expect(form.saving('quiet')).toMatchObject({
      state: 'failed',
      error: { detail: 'Detail of invalid' },
    });
    await form.change('quiet', { quiet_to: 9 });
    expect(sent).toEqual([{ quiet_from: 7, quiet_to: 9 }]);
    expect(form.current).toMatchObject({ quiet_from: 7, quiet_to: 9 });
    expect(form.saving('quiet')).toEqual({ state: 'saved' });
  });

  it('saves changes one after the other, the last choice winning', async () => {
    const server = serverOf(answer(SAVED), keeping());
    const form = await formOn(server);
    await Promise.all([
      form.change('quiet', { quiet_from: 20 }),
      form.change('quiet', { quiet_from: 21 }),
      form.change('notifications', { notifications: false }),
    ]);
    expect(form.current).toMatchObject({ quiet_from: 21, notifications: false });
  });

  it('says why nothing could be loaded', async () => {
    const form = await formOn(serverOf(problem(401, 'unauthenticated')));
    expect(form.current).toBeNull();
    expect(form.error).toMatchObject({ code: 'unauthenticated' });
  });
});

describe('hours and time zones', () => {
  it('are told as the language does', () => {
    expect(hourOptions('de').slice(7, 8)).toEqual([['7', '07:00']]);
    expect(hourOptions('en')[22]).toEqual(['22', expect.stringMatching(/^10:00\sPM$/)]);
    expect(heldUntilText(Date.UTC(2026, 6, 1, 5) / 1_000, 'de', 'Europe/Vienna')).toBe('07:00');
  });

  it('offer each zone once, those given among them', () => {
    const zones = zoneOptions('Etc/GMT+3', 'Europe/Vienna').map(([zone]) => zone);
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones).toEqual(expect.arrayContaining(['UTC', 'Etc/GMT+3', 'Europe/Vienna']));
  });
});

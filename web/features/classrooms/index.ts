// What the app takes from the classrooms.
export { Board } from './Board.tsx';
export { summarise } from './boardWords.ts';
export { InstructorLogin } from './InstructorLogin.tsx';
export { Invitation } from './Invitation.tsx';
export { JoinForm } from './JoinForm.tsx';
export { WayBack } from './WayBack.tsx';
